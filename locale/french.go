package locale

import "sync"

// french says in French what is said in English, by the English sentence. Verbs are the same, in the same order unless
// numbered; spaces before punctuation are made narrow and unbreakable as it is read, which English never needs.
var french = sync.OnceValue(func() map[string]string {
	return typeset(frenchReports, frenchFigures, frenchFindings, frenchCapacity)
})

// frenchFigures are the words of figures.
var frenchFigures = map[string]string{
	"%s classes": "%s types", "Latency by class of prompts: %s": "Latence par type de prompt : %s",
	"%s lies far above": "%s est loin au-dessus", "%s lies far below": "%s est loin au-dessous",
	"goal: %s may miss": "but : %s peuvent le manquer",
	"%s ≤ %s for %s":    "%s ≤ %s pour %s", "%s: %s solid, p50 dashed": "%s : %s en trait plein, p50 en tirets",
	"%s: higher is better": "%s : plus haut est mieux", "%s: lower is better": "%s : plus bas est mieux",
	"higher is better": "plus haut est mieux", "lower is better": "plus bas est mieux",
	"; numbers: preemptions": " ; nombres : préemptions", "All requests": "Toutes les requêtes",
	"Before and after: %s": "Avant et après : %s", "Compared: %s": "Comparé : %s",
	"Concurrency (requests in flight)": "Concurrence (requêtes en cours)",
	"HDR histogram, 3 digits":          "histogramme HDR, 3 chiffres", "Inside the server: %s": "Dans le serveur : %s",
	"KV cache use: mean solid, max dashed": "Cache KV : moyenne en trait plein, maximum en tirets",
	"Latency against throughput: %s":       "Latence selon le débit : %s", "Load sweep: %s": "Montée en charge : %s",
	"Output throughput (tokens/s)": "Débit de sortie (tokens/s)", "Output tokens/s per GPU": "Tokens de sortie/s par GPU",
	"Percentile of requests":    "Percentile des requêtes",
	"Request rate (requests/s)": "Débit de requêtes (requêtes/s)", "Requests in the server": "Requêtes dans le serveur",
	"Requests that missed their objective: %s": "Requêtes hors de leur objectif : %s",
	"TTFT by percentile: %s":                   "TTFT par percentile : %s",
	"Throughput per GPU against pace: %s":      "Débit par GPU selon la cadence : %s",
	"Time to first token (TTFT)":               "Temps jusqu'au premier token (TTFT)",
	"Time per output token (TPOT)":             "Temps par token de sortie (TPOT)",
	"Inter-token latency (ITL)":                "Latence entre tokens (ITL)",
	"Tokens/s of one user (1 ÷ TPOT p50)":      "Tokens/s d'un utilisateur (1 ÷ TPOT p50)",
	"Variant ÷ baseline":                       "Variante ÷ référence", "against run %s": "face à l'essai %s",
	"bars: 95 %% interval":              "barres : intervalle à 95 %%",
	"bars: 95 %% interval of the ratio": "barres : intervalle à 95 %% du rapport",
	"closed loop":                       "boucle fermée",
	"closed loop, points labelled with requests in flight": "boucle fermée, points étiquetés par requêtes en cours",
	"open loop": "boucle ouverte",
	"open loop, points labelled with requests/s":              "boucle ouverte, points étiquetés par requêtes/s",
	"colour: tensor-parallel size":                            "couleur : taille du tensor parallel",
	"cross: invalid step":                                     "croix : étape non valable",
	"grey band: ±%s, not material":                            "bande grise : ±%s, sans importance",
	"grey: another point of the same model is better in both": "gris : un autre point du même modèle est meilleur en tout",
	"hollow: few samples":                                     "creux : peu d'échantillons",
	"shaded and bars: 95 %% interval":                         "ombré et barres : intervalle à 95 %%",
	"at the bottom: none missed":                              "au plus bas : aucune hors objectif",
	"lines end where fewer than 5 requests lie beyond":        "les lignes s'arrêtent où moins de 5 requêtes sont au-delà",
	"mean %s tokens in, %s out":                               "en moyenne %s tokens en entrée, %s en sortie",
	"means over the measuring window, from /metrics":          "moyennes sur la fenêtre de mesure, de /metrics",
	"no setting differs":                                      "aucun réglage ne diffère",
	"not drawn, see the tables: %s":                           "non tracés, voir les tableaux : %s",
	"p99 of TTFT withheld at %s: too little evidence":         "p99 du TTFT non affiché à %s : trop peu d'échantillons",
	"run %s": "essai %s", "run %s against run %s": "essai %s face à l'essai %s",
	"sessions: levels are users, or sessions begun per second (partly open)": "sessions : les niveaux sont des " +
		"utilisateurs, ou des sessions commencées par seconde (partiellement ouvert)",
	"shaded: 95 %% interval":                                 "ombré : intervalle à 95 %%",
	"thick, with 95 %% bars: %s, which the objective judges": "épais, barres à 95 %% : %s, que juge l'objectif",
	"thick, with 95 %% bars: %s":                             "épais, barres à 95 %% : %s",
	"no limits: the objective judges %s of the requests, which has no quantile here": "pas de limites : l'objectif " +
		"juge %s des requêtes, dont le quantile n'est pas estimé",
	"ITL: all gaps pooled; the objective bounds each request's largest gap, see the figure of missed requests": "ITL : " +
		"tous les écarts réunis ; l'objectif borne le plus grand écart de chaque requête, voir la figure des requêtes " +
		"hors objectif",
	"token counts unknown":          "nombres de tokens inconnus",
	"upper right is better":         "en haut à droite est mieux",
	"tok/s of one user":             "tok/s d'un utilisateur",
	"tok/s per GPU at a given pace": "tok/s par GPU à cadence donnée",
	"read between two neighbouring levels of the closed loop; pace is 1 ÷ TPOT p50; – no trusted levels on both " +
		"sides of it": "lu entre deux niveaux voisins de la boucle fermée ; la cadence est 1 ÷ TPOT p50 ; – pas de niveaux " +
		"fiables des deux côtés",
}

// frenchReports are the words of reports and figures.
var frenchReports = map[string]string{
	"\nreport: %s": "\nrapport : %s",
	"\nreport:  %s (tables here: --full)\nfigures: %s": "\nrapport : %s (tableaux ici : --full)\nfigures : %s",
	"failed": "échouées", "passed": "passés", "steps": "étapes", "client": "client", "host": "machine", "cores": "cœurs",
	"Clients": "Clients", "the first": "le premier",
	"clock, first client's less its own": "horloge, celle du premier client moins la sienne",
	"sends late, p99 of the worst step":  "retard d'envoi, p99 de la pire étape",
	"checks of the client":               "contrôles du client",
	"%s of %s":                           "%s sur %s",
	"every client's requests are pooled as one load; checks of the client: of this process and its host": "les requêtes " +
		"de tous les clients forment une seule charge ; contrôles du client : de ce processus et de sa machine",
	"client %s was the bottleneck: %s: %s": "le client %s était le goulot d'étranglement : %s : %s",
	"no client was the bottleneck":         "aucun client n'était le goulot d'étranglement",
	"client %s: its clock is %s off the first client's; its times are laid right by what was measured of " +
		"that, ± %s": "client " +
		"%s : son horloge est à %s de celle du premier client ; ses instants sont replacés d'après cet écart mesuré, ± %s",
	"%s %s expected (95 %%: %s)":                     "%s %s (effet attendu, 95 %% : %s)",
	"%s %s or more expected (95 %%: %s)":             "%s %s ou plus (effet attendu, 95 %% : %s)",
	"%s at %s":                                       "%s à %s",
	"%s carries %s token events/s on %s of %s cores": "%s supporte %s événements de token/s sur %s des %s cœurs",
	"%s carries at least %s token events/s on %s of %s cores": "%s supporte au moins %s événements de token/s sur %s " +
		"des %s cœurs",
	"%s clock":                           "horloge %s",
	"%s cores":                           "%s cœurs",
	"%s for %s of the requests":          "%s pour %s des requêtes",
	"%s for %g %% of the requests":       "%s pour %g %% des requêtes",
	"largest gap %s":                     "plus grand écart %s",
	"%s in flight":                       "%s en cours",
	"%s more":                            "%s de plus",
	"%s more in the report":              "%s de plus dans le rapport",
	"%s more rows in the report":         "%s lignes de plus dans le rapport",
	"%s of %s planned steps were played": "joué : %s des %s étapes prévues",
	"%s of %s steps":                     "%s des %s étapes",
	"%s recorded prompts":                "%s prompts enregistrés",
	"%s repetitions":                     "%s répétitions",
	"%s req/s":                           "%s req/s",
	"%s req/s, %s tok/s, %s tok/s per GPU there": "%s req/s, %s tok/s, %s tok/s par GPU à ce niveau",
	"%s to %s (%s levels)":                       "de %s à %s (%s niveaux)",
	"%s tokens in":                               "%s tokens en entrée",
	"%s tokens out":                              "%s tokens en sortie",
	"%s were loaded at the same time; this is both as one, levels, tok/s and GPUs (%s) added up; what each server told " +
		"stands with its own target": "%s ont été chargés en même temps ; ceci les montre comme un seul, niveaux, tok/s et " +
		"GPU (%s) additionnés ; ce que chaque serveur a indiqué figure auprès de sa propre cible",
	"%s: %s of %s requests failed (%s)": "%s : %s requêtes sur %s ont échoué (%s)",
	"%s: %s of those cancelled were cut off by loadgen itself: no failures of the server's": "%s : parmi les " +
		"requêtes annulées, %s ont été interrompues par loadgen lui-même : le serveur n'y est pour rien",
	"%s – advantages: %s; drawbacks: %s":                "%s – avantages : %s ; inconvénients : %s",
	"%s, use case %s: %s":                               "%s, cas d'usage %s : %s",
	"%s: %s (grade %s)":                                 "%s : %s (niveau de preuve %s)",
	"%s: %s missed by %s":                               "%s : %s dépassé dans %s des requêtes",
	"%s: advice":                                        "%s : conseil",
	"%s: advice (grade %s)":                             "%s : conseil (niveau de preuve %s)",
	"%s: not comparable at %s":                          "%s : non comparable à %s",
	"%s: not comparable: %s":                            "%s : non comparable : %s",
	"%s: p99 %s":                                        "%s : p99 %s",
	"%s: percentiles":                                   "%s : percentiles",
	"%s: server clock: before %s; after %s":             "%s : horloge du serveur : avant %s ; après %s",
	"%s: the client beside the server's own histograms": "%s : le client et les histogrammes du serveur",
	"%s: the engine's own iterations":                   "%s : les itérations du moteur",
	"%s: where a request's time went":                   "%s : où passe le temps d'une requête",
	"(version unknown)":                                 "(version inconnue)",
	"+ failed":                                          "+ échecs",
	"95 %%":                                             "95 %%",
	"; ":                                                " ; ",
	"%s (95 %%: %s)":                                    "%s (95 %% : %s)",
	": ":                                                " : ",
	"; drift %s ± %s":                                   " ; dérive %s ± %s",
	"; grade %s (%s)":                                   " ; niveau de preuve %s (%s)",
	"= E2E":                                             "= E2E",
	"= ok":                                              "= réussies",
	"API server":                                        "serveur d'API",
	"API server, cores":                                 "serveur d'API, cœurs",
	"API server: what is left from the last byte sent to our first token (network, HTTP, tokenising); stream: what our " +
		"first to last token took longer than the server's, negative where tokens came closer together": "serveur d'API : " +
		"ce qui reste entre le dernier octet envoyé et notre premier token (réseau, HTTP, tokenisation) ; flux : ce que " +
		"nos tokens, du premier au dernier, ont pris de plus que ceux du serveur, négatif s'ils sont arrivés plus rapprochés",
	"Advice: %s":  "Conseils : %s",
	"Because: %s": "Raison : %s",
	"Calibration": "Étalonnage",
	"Caveats":     "Réserves",
	"Changed, %s": "Modifié, %s",
	"Checks":      "Contrôles",
	"Client: %s, %s %s, %s cores, %s clock; %s.": "Client : %s, %s %s, %s cœurs, horloge %s ; %s.",
	"Close everything":                           "Tout fermer",
	"Comparison: %s against %s":                  "Comparaison : %s face à %s",
	"Conclusion":                                 "Conclusion",
	"Configuration":                              "Configuration des endpoints",
	"Contents":                                   "Sommaire",
	"Date":                                       "Date",
	"Detail by kind of prompt":                   "Détail par type de prompt",
	"Each level: warm-up until steady, a measuring window, and a cool-down under load until the last measured request " +
		"has ended. Only requests due in the window count.": "Chaque niveau : mise en régime jusqu'à stabilité, fenêtre de " +
		"mesure, puis maintien de la charge jusqu'à la fin de la dernière requête mesurée. Seules comptent les requêtes " +
		"dues dans la fenêtre.",
	"Every check passed on every step.": "Tous les contrôles sont passés à toutes les étapes.",
	"Evidence":                          "Éléments de preuve",
	"Formulas":                          "Formules",
	"GPU memory as nvidia-smi says, over the target's GPUs and of each; KV cache is the share of the server's pool held " +
		"by live requests": "mémoire GPU selon nvidia-smi, sur les GPU de la cible et pour chacun ; cache KV : part de la " +
		"réserve du serveur occupée par les requêtes en cours",
	"GPU memory was not measured: give run --gpu-command the way to nvidia-smi on the GPU host, e.g. 'ssh gpu1 " +
		"nvidia-smi'": "la mémoire GPU n'a pas été mesurée : indiquez à run --gpu-command l'accès à nvidia-smi sur la " +
		"machine des GPU, p. ex. 'ssh gpu1 nvidia-smi'",
	"GPU memory, mean":               "mémoire GPU, moyenne",
	"GPU memory, peak":               "mémoire GPU, pic",
	"GPU memory, total":              "mémoire GPU, totale",
	"GPU of unknown kind":            "GPU de type inconnu",
	"GPUs":                           "GPU",
	"INVALID: %s":                    "NON VALABLE : %s",
	"ITL p50":                        "ITL p50",
	"ITL p99":                        "ITL p99",
	"KV":                             "KV",
	"KV blocks × tokens":             "blocs KV × tokens",
	"KV cache, mean":                 "cache KV, moyenne",
	"KV cache, peak":                 "cache KV, pic",
	"Levels":                         "Niveaux",
	"Load":                           "Charge",
	"Load held, by class of prompts": "Charge tenue, par type de prompt",
	"Load: %s.":                      "Charge : %s.",
	"Memory and models":              "Mémoire et modèles",
	"Memory use":                     "Utilisation mémoire",
	"Method and provenance":          "Méthode et provenance",
	"Methodology":                    "Méthodologie",
	"Models compared":                "Comparaison des modèles",
	"No change of settings is supported by this run: keep them.": "Cet essai ne justifie aucun changement de " +
		"réglage : les garder.",
	"No difference in settings, version, GPUs, prompts, load or objective.": "Aucune différence de réglages, version, " +
		"GPU, prompts, charge ou objectif.",
	"Not comparable: the runs have no level in common.": "Non comparable : les essais n'ont aucun " +
		"niveau en commun.",
	"Objective":       "Objectif",
	"Open everything": "Tout ouvrir",
	"Percentiles are x_(⌈np⌉) of the measured requests and are withheld without enough of them; intervals are 95 %%, " +
		"the wider of order statistics and ten sections of the window. tok/s counts output tokens that arrived inside the " +
		"window.": "Les percentiles sont x_(⌈np⌉) des requêtes mesurées et ne sont pas affichés quand elles sont trop peu " +
		"nombreuses ; les intervalles sont à 95 %%, le plus large de ceux des statistiques d'ordre et de dix sections de " +
		"la fenêtre. tok/s compte les tokens de sortie arrivés dans la fenêtre.",
	"Performance in short": "Résumé des performances",
	"Prompt texts are new in each run, so that no earlier run's are in a server's prefix cache (salt %s).": "Les textes " +
		"des prompts sont nouveaux à chaque essai, pour que le cache de préfixes d'un serveur n'en contienne aucun (sel %s).",
	"Prompts":                                "Prompts",
	"Prompts %s: %s.":                        "Prompts %s : %s.",
	"Prompts: %s":                            "Prompts : %s",
	"Provenance":                             "Provenance",
	"Recommendations":                        "Recommandations",
	"Request accounting: sent = ok + failed": "Décompte des requêtes : envoyées = réussies + échecs",
	"SIMULATED, virtual time":                "SIMULÉ, temps virtuel",
	"SIMULATED, virtual time: no server, network or GPU was measured": "SIMULÉ, temps " +
		"virtuel : aucun serveur, réseau ni GPU n'a été mesuré",
	"SIMULATED: servers, network and GPUs were simulated in virtual time; nothing real was " +
		"measured.": "SIMULÉ : serveurs, réseau et GPU ont été simulés en temps virtuel ; rien de réel n'a été mesuré.",
	"Server %s":                "Serveur %s",
	"Skip to the content":      "Aller au contenu",
	"TPOT p50":                 "TPOT p50",
	"TPOT p99":                 "TPOT p99",
	"TTFT p50":                 "TTFT p50",
	"TTFT p90":                 "TTFT p90",
	"TTFT p99":                 "TTFT p99",
	"TTFT: client":             "TTFT : client",
	"TTFT: server":             "TTFT : serveur",
	"The change can be taken.": "Le changement peut être adopté.",
	"The change gains on one count and loses on another; weigh them.": "Le changement gagne d'un côté et perd de " +
		"l'autre ; à peser.",
	"The change makes no difference that matters; decide on other grounds.": "Le changement n'apporte aucune " +
		"différence qui compte ; décider sur d'autres critères.",
	"The change should not be taken.": "Le changement ne devrait pas être adopté.",
	"These runs do not decide it; do not take the change for its speed yet.": "Ces essais ne tranchent pas ; ne pas " +
		"encore adopter le changement pour sa vitesse.",
	"Tool":              "Outil",
	"Tuning review: %s": "Revue de réglage : %s",
	"URL":               "URL",
	"V3 (this host) does not apply: virtual time cannot be bent by it": "V3 (cette machine) ne s'applique pas : elle ne " +
		"peut fausser un temps virtuel",
	"Variant ÷ baseline, level by level": "Variante ÷ référence, niveau par niveau",
	"What came out":                      "Résultats",
	"What differs":                       "Ce qui diffère",
	"What to do":                         "À faire",
	"What was asked":                     "Ce qui a été demandé",
	"a better grade needs":               "pour une meilleure preuve",
	"added ITL p50":                      "ITL p50 ajouté",
	"added ITL p99":                      "ITL p99 ajouté",
	"added TTFT p50":                     "TTFT p50 ajouté",
	"added TTFT p99":                     "TTFT p99 ajouté",
	"added is measured − true; the null server ran on core %s; load average %s at the start": "ajouté : mesuré − vrai ; " +
		"le serveur nul tournait sur le cœur %s ; charge moyenne %s au départ",
	"all":                   "tous",
	"all requests":          "toutes",
	"answers at most":       "réponses au plus",
	"answers per iteration": "réponses par itération",
	"as imported":           "telle qu'importée",
	"as long as recorded":   "aussi long qu'enregistré",
	"at":                    "à",
	"at least":              "au moins",
	"at least: where the lower 95 %% bound of the share within the objective falls below the goal; rates are those at " +
		"that load, or at the held load where it is not proven; the held load is read between two levels by the step " +
		"model where it follows the run, else on the probit of the share": "au moins : là où la borne inférieure à 95 %% " +
		"de la part dans l'objectif passe sous le but ; les débits sont ceux de cette charge, ou de la charge tenue si " +
		"elle n'est pas prouvée ; la charge tenue est lue entre deux niveaux par le modèle d'itérations " +
		"s'il suit l'essai, sinon sur le probit de la part",
	"proven to 95 %%: %s → %s": "prouvé à 95 %% : %s → %s",
	"claimed: %s → %s":         "annoncé : %s → %s",
	"at most %s tokens out":    "au plus %s tokens en sortie",
	"at: the lowest level, then the start of the throughput plateau (open loop: the last level within the objective); " +
		"latency is E2E, tok/s of one request = output tokens ÷ E2E, waiting and prefill included": "à : le niveau le plus " +
		"bas, puis le début du plateau de débit (boucle ouverte : le dernier niveau dans l'objectif) ; la latence est E2E, " +
		"tok/s d'une requête = tokens de sortie ÷ E2E, attente et prefill compris",
	"baseline":                                     "référence",
	"baseline %s: %s · variant %s: %s":             "référence %s : %s · variante %s : %s",
	"because: %s":                                  "raison : %s",
	"calculated within the measured range":         "calculé dans le domaine mesuré",
	"change %s: %s; grade %s (%s); bottleneck: %s": "changer %s : %s ; niveau de preuve %s (%s) ; goulot : %s",
	"check":                              "contrôle",
	"close":                              "fermeture",
	"closed loop, %s requests in flight": "boucle fermée, %s requêtes en cours",
	"counts of the engine's log inside the window; its elapsed times are not used: with asynchronous scheduling they " +
		"are not the iteration's": "décomptes du journal du moteur dans la fenêtre ; ses durées ne sont pas utilisées : " +
		"avec l'ordonnancement asynchrone elles ne sont pas celles de l'itération",
	"each prompt class %s times, one request at a time": "chaque type de prompt %s fois, une requête à la fois",
	"each row compares a measured point with one interpolated between two levels; a difference is shown when chance is " +
		"excluded for all rows together (Holm) and the ratio is at least 5 %% off": "chaque ligne compare un point mesuré " +
		"à un point interpolé entre deux niveaux ; une différence est montrée si le hasard est exclu pour toutes les " +
		"lignes ensemble (Holm) et si le rapport s'écarte d'au moins 5 %%",
	"effect unknown":                        "effet inconnu",
	"endpoint":                              "endpoint",
	"evidence":                              "preuve",
	"evidence: %s against %s":               "preuve : %s contre %s",
	"examined, not the bottleneck":          "examiné, n'est pas le goulot",
	"expected effect, all changes together": "effet attendu, tous changements ensemble",
	"extrapolated: verify":                  "extrapolé : à vérifier",
	"fewest GPUs":                           "le moins de GPU",
	"finding":                               "constat",
	"formula":                               "formule",
	"from %s on, TTFT is mostly queueing time": "à partir de %s, le TTFT est surtout de l'attente en file",
	"goal":                   "but",
	"grade":                  "preuve",
	"hardware":               "matériel",
	"held load":              "charge tenue",
	"tok/s at the held load": "tok/s à la charge tenue",
	"held load unknown: the search's steps below %s cannot be trusted": "charge tenue inconnue : les étapes de la " +
		"recherche sous %s ne sont pas fiables",
	"levels played before it":                  "niveaux joués avant elle",
	"line through all":                         "droite de toutes les étapes",
	"held: %s":                                 "tenue : %s",
	"%s confirms %s":                           "%s confirme %s",
	"steps of the search":                      "étapes de la recherche",
	"Search of the held load: %s":              "Recherche de la charge tenue : %s",
	"held load unknown: no objective is given": "charge tenue inconnue : aucun objectif n'est donné",
	"holds %s or more, not proven: its %s requests tell as much as %s independent ones, too few for a share " +
		"of %s": "tient %s ou plus, non prouvé : ses %s requêtes en valent %s indépendantes, trop peu pour une part de %s",
	"holds %s, at least %s (%s)": "tient %s, au moins %s (%s)",
	"holds about %s, not confirmed: by %s above %s with 97 %% confidence, and no step to confirm it kept a share of " +
		"%s": "tient environ %s, sans confirmation : d'après %s au-dessus de " +
		"%s avec une confiance de 97 %%, et aucune étape de confirmation n'a tenu une part de %s",
	"holds %s, confirmed by a fresh step at %s: %s of %s requests within the objective; by %s the limit " +
		"is near %s, above %s with 97 %% confidence (%s)": "tient %s, confirmé par une nouvelle étape à %s : %s de %s " +
		"requêtes " +
		"dans l'objectif ; d'après %s, la limite est proche de %s, au-dessus de %s avec une " +
		"confiance de 97 %% (%s)",
	"%s to confirm":      "%s à confirmer",
	"all steps together": "toutes les étapes ensemble",
	"all steps and the step model calibrated to them": "toutes les étapes et le modèle d'itérations calibré sur elles",
	"of a search the held load is where all its steps, and the step model where it follows them, put the limit; at " +
		"least: what a fresh step confirmed, at most 3 %% above the limit with 97 %% confidence; rates are those at that " +
		"load, or at the held load where none is confirmed": "d'une recherche, la charge tenue est là " +
		"où toutes ses étapes, et le modèle d'itérations s'il les suit, placent la limite ; au moins : ce qu'une " +
		"nouvelle étape a confirmé, à 3 %% au plus au-dessus de la limite avec une confiance de 97 %% ; les débits sont " +
		"ceux de cette charge, ou de la charge tenue si aucune n'est confirmée",
	"req/s, tok/s and tok/s per GPU are those of all requests at that load, not of the class alone": "req/s, tok/s et " +
		"tok/s par GPU sont ceux de toutes les requêtes à cette charge, et non du seul type",
	"holds about %s, none of it proven: too few requests for a share of %s (%s)": "tient environ %s, " +
		"sans preuve : trop peu de requêtes pour une part de %s (%s)",
	"holds at least %s; nothing above %s was played (%s)": "tient au moins %s ; rien n'a été joué au-dessus de %s (%s)",
	"holds no load played: even %s misses the objective (%s of the requests within it, %s wanted)": "ne tient aucune " +
		"charge jouée : même %s manque l'objectif (%s des requêtes y sont, %s voulus)",
	"intervals hold what two starts of one server differ by: %s a start assumed below three starts (two starts of one " +
		"8B on two H200), twice that for tails": "les intervalles contiennent l'écart entre deux démarrages d'un serveur : " +
		"%s par démarrage, supposé en dessous de trois démarrages (deux démarrages d'un 8B sur deux H200), le double pour " +
		"les queues",
	"invalid":                           "non valable",
	"iterations":                        "itérations",
	"iterations with prompts":           "itérations avec prompts",
	"iterations/s":                      "itérations/s",
	"keep":                              "garder",
	"keep the settings; bottleneck: %s": "garder les réglages ; goulot : %s",
	"knee: about %s concurrent requests (%s: %s)": "coude : environ %s requêtes simultanées (%s : %s)",
	"least GPU memory":                            "le moins de mémoire GPU",
	"least throughput":                            "le débit le plus faible",
	"least throughput per GPU":                    "le débit par GPU le plus faible",
	"least…most":                                  "min…max",
	"level":                                       "niveau",
	"longest gap between tokens":                  "plus long écart entre tokens",
	"longest latency of one request":              "latence la plus longue d'une requête",
	"mean":                                        "moyenne",
	"mean latency":                                "latence moyenne",
	"mean latency of one request":                 "latence moyenne d'une requête",
	"mean response time":                          "temps de réponse moyen",
	"meaning":                                     "sens",
	"means inside the window; the server's are Δsum ÷ Δcount; its TTFT counts from when the request " +
		"reached it": "moyennes dans la fenêtre ; celles du serveur sont Δsum ÷ Δcount ; son TTFT compte depuis l'arrivée " +
		"de la requête",
	"means over whole answers of which the server gave its timings; they add up: durations of both clocks are added, " +
		"times of two clocks are never compared": "moyennes sur les réponses entières dont le serveur a donné les durées ; " +
		"elles s'additionnent : des durées des deux horloges sont ajoutées, jamais des instants de deux horloges comparés",
	"measured":                    "mesuré",
	"measured on an unknown host": "mesuré sur une machine inconnue",
	"metric":                      "métrique",
	"model":                       "modèle",
	"most GPU memory":             "le plus de mémoire GPU",
	"most GPUs":                   "le plus de GPU",
	"most throughput":             "le débit le plus élevé",
	"most throughput per GPU":     "le débit par GPU le plus élevé",
	"most tok/s":                  "tok/s au plus",
	"most tok/s per GPU":          "tok/s par GPU au plus",
	"n":                           "n",
	"n16 is 16 requests in flight, 4/s four requests a second; times count from when a request was due (closed loop: " +
		"sent); ~ few samples; – withheld for want of samples, or not measured; within objective: share of requests that " +
		"kept every clause": "n16 : 16 requêtes en cours, 4/s : quatre requêtes par seconde ; les temps comptent depuis " +
		"l'instant où la requête était due (boucle fermée : envoyée) ; ~ peu d'échantillons ; – non affiché faute " +
		"d'échantillons, ou non mesuré ; dans l'objectif : part des requêtes qui respectent toutes les clauses",
	"new":           "nouveau",
	"no advice: %s": "pas de conseil : %s",
	"no difference in settings, version, GPUs, prompts, load or objective": "aucune différence de réglages, version, " +
		"GPU, prompts, charge ou objectif",
	"no knee: %s": "pas de coude : %s",
	"no sample proves that every request keeps an objective: a goal below 100 %% can be proven": "aucun échantillon ne " +
		"prouve que toutes les requêtes respectent un objectif : un but inférieur à 100 %% peut être prouvé",
	"no sweep in this run: no tuning evidence": "pas de montée en charge dans cet essai : rien ne permet de conseiller " +
		"un réglage",
	"none":          "aucune",
	"no load":       "aucune charge",
	"none given":    "aucun",
	"none measured": "rien de mesuré",
	"not checked in this version: %s; loadgen explain ID says what each check compares": "non contrôlé dans cette " +
		"version : %s ; loadgen explain ID dit ce que chaque contrôle compare",
	"not ended":     "non terminé",
	"not examined":  "non examiné",
	"not measured":  "non mesuré",
	"not proven":    "non prouvé",
	"not told":      "non communiqué",
	"number":        "grandeur",
	"of it queue":   "dont file",
	"old":           "ancien",
	"on average %s": "en moyenne %s",
	"only what was measured is compared; nothing is known here of the quality of the answers": "seul ce qui a été " +
		"mesuré est comparé ; rien n'est connu ici de la qualité des réponses",
	"open loop (%s), %s requests/s": "boucle ouverte (%s), %s requêtes/s",
	"open loop: latency counts from the due time; times from sending are in records.parquet (ttft_sent, " +
		"e2e_sent)": "boucle ouverte : la latence compte depuis l'instant dû ; les temps depuis l'envoi sont dans " +
		"records.parquet (ttft_sent, e2e_sent)",
	"ours %s ± %s": "la nôtre %s ± %s",
	"overloaded":   "surchargé",
	"parallelism: tensor-parallel-size %s was measured; another value needs a run of its own with the same load, " +
		"compared per GPU": "parallélisme : tensor-parallel-size %s a été mesuré ; une autre valeur demande son propre " +
		"essai sous la même charge, comparé par GPU",
	"peak":                               "pic",
	"GPU":                                "GPU",
	"prefill":                            "prefill",
	"prompt":                             "prompt",
	"prompt tokens at most":              "tokens de prompt au plus",
	"prompt tokens of such an iteration": "tokens de prompt d'une telle itération",
	"ratio":                              "rapport",
	"read/s":                             "lus/s",
	"reasoning model: TTFO (first visible token) p50 %s beside TTFT; reasoning tokens %s of %s output tokens per " +
		"request at %s": "modèle de raisonnement : TTFO (premier token visible) p50 %s à côté du TTFT ; %s tokens de " +
		"raisonnement sur %s tokens de sortie par requête à %s",
	"recorded numbers of":                  "nombres enregistrés de",
	"repetitions":                          "répétitions",
	"req/s":                                "req/s",
	"requests":                             "requêtes",
	"rule of thumb: verify":                "règle empirique : à vérifier",
	"run":                                  "essai",
	"running":                              "en exécution",
	"send":                                 "envoi",
	"sent":                                 "envoyées",
	"server late p99":                      "retard du serveur p99",
	"search of the held load, closed loop": "recherche de la charge tenue, boucle fermée",
	"search of the held load, open loop (%s)": "recherche de la charge tenue, boucle ouverte (%s)",
	"within %s":                        "en %s au plus",
	"server starts %s, repetitions %s": "démarrages du serveur %s, répétitions %s",
	"server: decode":                   "serveur : décodage",
	"server: queue":                    "serveur : file",
	"sessions: n counts users, some of whom pause between two turns; a rate counts sessions begun per second, whose " +
		"later turns follow the answers (a partly open loop)": "sessions : n compte des utilisateurs, dont certains font " +
		"une pause entre deux tours ; un débit compte les sessions commencées par seconde, dont les tours suivants suivent " +
		"les réponses (boucle partiellement ouverte)",
	"setting":                         "réglage",
	"shortest latency of one request": "latence la plus courte d'une requête",
	"shortest…longest":                "min…max",
	"simulated servers: what is shown is what the simulator's model of them does": "serveurs simulés : ce qui est " +
		"montré est ce que fait leur modèle dans le simulateur",
	"slowest…fastest":                      "min…max",
	"software":                             "logiciel",
	"source":                               "source",
	"start unknown":                        "début inconnu",
	"started %s":                           "début %s",
	"step":                                 "étape",
	"stream":                               "flux",
	"streams":                              "flux",
	"target":                               "cible",
	"text as given":                        "texte donné",
	"the last level is where it ended: %s": "le dernier niveau est celui de l'arrêt : %s",
	"these numbers do not decide: a difference is shown when chance is excluded for all of them together (Holm) and the " +
		"ratio is at least 5 %% off": "ces grandeurs ne décident pas : une différence est montrée quand le hasard est " +
		"exclu pour toutes ensemble (Holm) et que le rapport s'écarte d'au moins 5 %%",
	"time per token: client":      "temps par token : client",
	"time per token: server":      "temps par token : serveur",
	"tok/s":                       "tok/s",
	"tok/s of one request":        "tok/s d'une requête",
	"tok/s per GPU":               "tok/s par GPU",
	"tok/s per GPU at equal TPOT": "tok/s par GPU à TPOT égal",
	"tokens generated, mean":      "tokens générés, moyenne",
	"trade-off, not advised: %s":  "compromis, non conseillé : %s",
	"%s is answered by itself: it needs a run of its own": "%s se demande seul : il lui faut un essai à part",
	"%s is asked about twice":                             "%s est demandé deux fois",
	"given %q, expected FLAG=VALUE":                       "reçu %q, attendu OPTION=VALEUR",
	"one or another by %s":                                "l'une ou l'autre limite dans %s",
	"%s with %s":                                          "%s avec %s",
	"trusted":                                             "fiable",
	"trusted-with-warnings":                               "fiable, avec réserves",
	"simulated: write the new values into a copy of %s/scenario.yaml, after.yaml": "simulé : écrire les nouvelles " +
		"valeurs dans une copie de %s/scenario.yaml, after.yaml",
	"try, then verify under the same load and compare; to roll back, restore the old values": "essayer, puis vérifier " +
		"sous la même charge et comparer ; pour revenir en arrière, remettre les anciennes valeurs",
	"unit":              "unité",
	"unknown":           "inconnu",
	"value":             "valeur",
	"variant":           "variante",
	"verdict":           "verdict",
	"wait":              "attente",
	"waiting":           "en attente",
	"warnings: %s":      "réserves : %s",
	"what breaks first": "ce qui cède d'abord",
	"why":               "pourquoi",
	"windows of %s":     "fenêtres de %s",
	"with 95 %% bounds; ~ few samples beyond it, or a window of few answers; – withheld for want of " +
		"samples": "avec bornes à 95 %% ; ~ peu d'échantillons au-delà, ou fenêtre de peu de réponses ; – non affiché " +
		"faute d'échantillons",
	"within objective":        "dans l'objectif",
	"within objective at %s":  "dans l'objectif à %s",
	"written/s":               "écrits/s",
	"≥ %s, limit not reached": "≥ %s, limite non atteinte",
}
