package locale

// frenchFindings are the sentences that analysis and advice say, and parts of them. A key that begins with punctuation
// follows another sentence; one that ends in a space goes before one.
var frenchFindings = map[string]string{
	// what the checks say
	"%.0f %% of the allowed files were open": "%.0f %% des fichiers permis étaient ouverts",
	"%.0f of %.0f output tokens were counted and never streamed (reasoning): TPOT leaves them out, and TTFT holds " +
		"their time": "%.0f des %.0f tokens de sortie ont été comptés et jamais transmis (raisonnement) : le TPOT les " +
		"laisse de côté, le TTFT contient leur temps",
	"%.0f of %d samples lie beyond p%g (%d wanted)": "%.0f des %d échantillons sont au-delà de p%g (%d voulus)",
	"%.0f requests were sent in the window, %.0f were due": "%.0f requêtes ont " +
		"été envoyées dans la fenêtre, %.0f étaient dues",
	"%.1f %% of the token events arrived in the same read as another: ITL is between reads": "%.1f %% des " +
		"événements sont arrivés dans une même lecture : l'ITL est celui entre lectures",
	"%.1f %% of the prompt tokens came from the prefix cache, planned are %.1f to %.1f %%": "%.1f %% des tokens " +
		"de prompt viennent du cache de préfixes, prévus : de %.1f à %.1f %%",
	"%.1f requests waited in the server, %.0f preemptions": "%.1f requêtes " +
		"attendaient dans le serveur, %.0f préemptions",
	"%.2f tokens were counted for each event: ITL is between events": "%.2f tokens comptés " +
		"par événement : l'ITL est celui entre événements",
	"%.2g of the TCP segments were retransmitted": "%.2g des segments " +
		"TCP ont été renvoyés",
	"%.3g ms per token here, the server's own mean ITL is %.3g ms": "%.3g ms par token " +
		"ici, l'ITL moyen du serveur est de %.3g ms",
	"%.4g of %.4g asked requests were in flight": "%.4g des %.4g " +
		"requêtes demandées étaient en cours",
	"%.4g of %.4g asked users were there, %.4g of them thinking": "%.4g des %.4g " +
		"utilisateurs demandés étaient là, dont %.4g en pause",
	"%.0f token events/s, and the null server itself was in time up to %.0f": "%.0f événements de token/s, et le " +
		"serveur nul lui-même n'était à l'heure que jusqu'à %.0f",
	"%.0f token events/s, and this host carried %.0f of the null server's": "%.0f événements de " +
		"token/s, et cette machine en a supporté %.0f du serveur nul",
	"%d generated prompts were sent twice": "%d prompts générés " +
		"ont été envoyés deux fois",
	"%d of %d answers came without usage: their output tokens are estimated, one for each event": "%d réponses sur %d " +
		"sont venues sans usage : leurs tokens de sortie sont estimés, un par événement",
	"%d of %d answers were cut off": "%d réponses sur %d " +
		"ont été coupées",
	"%d of %d answers were cut off: p99 cannot be told": "%d réponses sur %d " +
		"ont été coupées : le p99 est inconnu",
	"%d of %d answers were empty": "%d réponses sur %d " +
		"étaient vides",
	"%d of %d requests failed: %v": "%d requêtes sur %d " +
		"ont échoué : %v",
	"%d of %d requests had to connect first": "%d requêtes sur %d " +
		"ont dû d'abord se connecter",
	"%d records or values were dropped or run backwards in time": "%d enregistrements " +
		"ou valeurs ont été perdus ou remontent le temps",
	"%d records waited for the disk, and their senders with them": "%d enregistrements " +
		"ont attendu le disque, et leurs envois avec eux",
	"%d requests could not connect: this process may open no more files (ulimit -n)": "%d requêtes n'ont pu " +
		"se connecter : ce processus ne peut ouvrir plus de fichiers (ulimit -n)",
	"%d sends waited for a cap or a socket: this was not an open loop": "%d envois ont " +
		"attendu un plafond ou une connexion : ce n'était pas une boucle ouverte",
	"%s %s r%d is left out: %d of %d shards are there": "%s %s r%d est laissé de côté : %d des %d parts sont là",
	"%s %s r%d is left out: the windows of its %d shards share %.3g of %.3g s. Start the clients at the same time, " +
		"and give measure": "%s %s r%d est laissé de côté : les fenêtres de ses %d parts partagent %.3g de %.3g s. " +
		"Démarrer les clients en même temps, et donner measure",
	"the clients are apart: %v": "les clients sont séparés : %v",
	"client %d of %d (%s) is lost: no word of it for %v": "le client %d sur %d (%s) est perdu : pas un mot de lui " +
		"depuis %v",
	"client %d of %d (%s) left: %v":                  "le client %d sur %d (%s) est parti : %v",
	"the first client is lost: no word of it for %v": "le premier client est perdu : pas un mot de lui depuis %v",
	"this part of a load that %d clients shared was cut off: %s": "cette part d'une charge que %d clients partagent " +
		"a été interrompue : %s",
	"%s changed during the run: version, model or cache configuration": "%s a changé pendant l'essai : version, modèle " +
		"ou configuration du cache",
	"%s did not tell its version":       "%s n'a pas communiqué sa version",
	"%s was not asked again at the end": "%s n'a pas été interrogé de nouveau à la fin",
	"; literal texts went without cache_salt and find themselves there": " ; des textes donnés sont partis sans " +
		"cache_salt et s'y retrouvent",
	"ITL and TPOT are not shown: %.0f %% of the events shared a read": "ITL et TPOT ne sont pas affichés : %.0f %% " +
		"des événements sont arrivés dans une même lecture",
	"ITL and TPOT are not shown: %.2f tokens were counted for each event: they came in bundles, or were not " +
		"streamed": "ITL et TPOT ne sont pas affichés : %.2f tokens comptés par événement : ils sont venus par paquets, ou " +
		"non transmis au fil de l'eau",
	"ITL and TPOT are not shown: %s": "ITL et TPOT ne sont pas affichés : %s",
	"Little's law is off by %.1f %%: %.4g requests/s × %.4g s against %.4g in flight": "la loi de Little est fausse de " +
		"%.1f %% : %.4g requêtes/s × %.4g s contre %.4g en cours",
	"TPOT is not shown: %.2f tokens were counted for each event, in bundles or hidden, and no ITL of the server's own " +
		"agrees; ITL is between events": "le TPOT n'est pas affiché : %.2f tokens comptés par événement, par paquets ou " +
		"cachés, et aucun ITL du serveur ne concorde ; l'ITL est celui entre événements",
	"TTFT is not shown: the requests are locked in phase (autocorrelation %.2f)": "le TTFT n'est pas affiché : les " +
		"requêtes sont en phase (autocorrélation %.2f)",
	"TTFT, ITL and TPOT are not shown: %.0f %% of the events shared a read, and the server's own mean TTFT is " +
		"%.3g ms": "TTFT, ITL et TPOT ne sont pas affichés : %.0f %% des événements sont arrivés dans une même lecture, et " +
		"le TTFT moyen du serveur est de %.3g ms",
	"a garbage collection paused %.3g s":               "un ramasse-miettes a fait une pause de %.3g s",
	"a hypervisor took %.2g of the cores":              "un hyperviseur a pris %.2g des cœurs",
	"a planned prompt token of %s is %.2f tokens here": "un token prévu des prompts %s vaut ici %.2f tokens",
	"at such a load (%d streams of the null server) this host added %v to TTFT and %v to ITL at p99": "sous une telle " +
		"charge (%d flux du serveur nul) cette machine a ajouté %v au TTFT et %v à l'ITL à p99",
	"from an imported summary: no request's own values stand behind it": "d'un résumé importé : aucune valeur de " +
		"requête ne le soutient",
	"goroutines waited %.3g s for a core at p99":        "les goroutines ont attendu un cœur %.3g s à p99",
	"in %d of %d steps":                                 "dans %d des %d étapes",
	"mean TTFT rose by %.3g s, a queue explains %.3g s": "le TTFT moyen a monté de %.3g s, une file en explique %.3g s",
	"no request was measured":                           "aucune requête n'a été mesurée",
	"no step was measured":                              "aucune étape n'a été mesurée",
	"no token counter of the server inside the window":  "aucun compteur de tokens du serveur dans la fenêtre",
	"no value":  "aucune valeur",
	"no window": "aucune fenêtre",
	"output tokens are %+.1f %% off the plan":               "les tokens de sortie s'écartent de %+.1f %% du plan",
	"p%g needs %d samples, has %d":                          "p%g demande %d échantillons, en a %d",
	"p99 is not shown: %s":                                  "p99 non affiché : %s",
	"p99 is uncertain: %s":                                  "p99 peu sûr : %s",
	"prompts of %s have %.0f tokens here, planned are %.0f": "les prompts %s ont ici %.0f tokens, prévus : %.0f",
	"prompts of %s have %.0f tokens here, planned are %.0f: more than a chat template adds": "les prompts %s ont ici " +
		"%.0f tokens, prévus : %.0f : plus que n'ajoute un gabarit de chat",
	"quantiles of several summaries cannot be pooled": "les quantiles de " +
		"plusieurs résumés ne peuvent être réunis",
	"sends were %v late at p99": "les envois avaient %v de " +
		"retard à p99",
	"several servers answer for /metrics in turn: the count of their tokens fell %d times in " +
		"the window": "plusieurs serveurs répondent tour à tour pour /metrics : le compte de leurs tokens a baissé %d fois " +
		"dans la fenêtre",
	"sockets took %.2g of the local TCP ports": "les connexions ont pris %.2g des " +
		"ports TCP locaux",
	"the CPU quota was used up in %.2g of its periods": "le quota de CPU était épuisé " +
		"dans %.2g de ses périodes",
	"the gaps between sends vary with CV %.2f, and those of Poisson arrivals with 1": "les écarts entre envois varient " +
		"avec CV %.2f, ceux d'arrivées de Poisson avec 1",
	"the imported summary does not tell it": "le résumé importé ne le dit pas",
	"the median gap is 0":                   "l'écart médian est 0",
	"the null server itself was too late to try this host: %s": "le serveur nul lui-même était trop en retard pour " +
		"éprouver cette machine : %s",
	"the requests are nearly locked in phase (autocorrelation %.2f): TTFT hangs on how they were " +
		"started": "les requêtes sont presque en phase (autocorrélation %.2f) : le TTFT dépend de leur départ",
	"the server did not count them": "le serveur ne les a " +
		"pas comptées",
	"the server finished %.0f requests, %d of them ours": "le serveur a " +
		"terminé %.0f requêtes, dont %d des nôtres",
	"the server shows no /metrics": "le serveur ne " +
		"montre pas de /metrics",
	"the server tells nothing of its prefix cache": "le serveur ne dit " +
		"rien de son cache de préfixes",
	"the wall's clock was off by %.2g of the time": "l'horloge murale " +
		"s'est écartée de %.2g du temps",
	"the window lasted %.1f mean response times (%d wanted)": "la fenêtre a duré %.1f temps de réponse moyens (%d voulus)",
	"the window lasted %.1f mean response times":             "la fenêtre a duré %.1f temps de réponse moyens",
	"withheld (V13): ":           "non affiché (V13) : ",
	"; %s of measuring would do": " ; il suffirait de mesurer pendant %s",
	"the window lasted %.1f mean response times; p%g needs %d": "la fenêtre a duré " +
		"%.1f temps de réponse moyens ; p%g en demande %d",
	"the window is shorter than %d mean answers": "la fenêtre est plus " +
		"courte que %d réponses moyennes",
	"this host could not be calibrated: %s": "cette machine n'a " +
		"pu être étalonnée : %s",
	"this host did not even carry %d streams of the null server: %s": "cette machine n'a " +
		"pas même supporté %d flux du serveur nul : %s",
	"this host was not calibrated": "cette machine n'a " +
		"pas été étalonnée",
	"this is a part of a load that %d clients shared, shards %v: loadgen merge puts all together": "ceci est une part " +
		"d'une charge partagée par %d clients, parts %v : loadgen merge les réunit",
	"this is shard %d of %d, and the server counts all": "ceci est la part %d " +
		"sur %d, et le serveur compte tout",
	"this process stood still for %.3g s": "ce processus est " +
		"resté immobile %.3g s",
	"this process used %.0f %% of its cores": "ce processus a " +
		"utilisé %.0f %% de ses cœurs",
	"we saw %.0f output tokens, the server counted %.0f": "nous avons vu %.0f " +
		"tokens de sortie, le serveur en a compté %.0f",

	// names of checks, levels of findings
	"a token an event": "un token par événement", "accounting consistent": "comptes concordants",
	"cohort followed to its end": "requêtes mesurées suivies jusqu'à leur fin",
	"lengths as planned":         "longueurs comme prévu", "load as asked": "charge comme demandée",
	"loop integrity":                       "intégrité de la boucle",
	"manifest complete, settings constant": "manifeste complet, réglages constants",
	"no other traffic":                     "aucun autre trafic", "nothing dropped": "rien de perdu",
	"prefix cache as planned": "cache de préfixes comme prévu", "requests move freely": "requêtes indépendantes",
	"samples behind each quantile": "échantillons derrière chaque quantile",
	"the client kept up":           "le client a suivi", "the host can carry it": "la machine peut la porter",
	"errors": "erreurs",
	"warn":   "réserve", "withhold": "non affiché", "not checked": "non contrôlé", "virtual": "virtuelle",
	"wall": "murale",

	// notes of a run
	"%s: a search of %v on each target; with less than that a load may stay without proof, and more time brings it " +
		"closer to the limit": "%s : une recherche de %v sur chaque cible ; avec moins, une charge peut rester sans " +
		"preuve, et plus de temps la rapproche de la limite",
	"manifest.json or step.json are of an older loadgen and have no checksum: a change in them would not be " +
		"seen": "manifest.json ou step.json sont d'un loadgen plus ancien et n'ont pas de somme de contrôle : un " +
		"changement ne s'y verrait pas",
	"scenario.yaml was changed after the run began; the manifest holds what was played": "scenario.yaml a été modifié " +
		"après le début de l'essai ; le manifeste contient ce qui a été joué",
	"%d of %d planned steps are there": "%d des %d étapes prévues sont là",
	", and %d steps of a search":       ", et %d étapes d'une recherche",
	": the run did not end":            " : l'essai ne s'est pas terminé",
	"%d of its %d requests are listed": "%d de ses %d requêtes y figurent",
	"the %d words of generated prompts are %d tokens here: lengths are %+.1f %% off": "les %d mots des prompts générés " +
		"font ici %d tokens : les longueurs s'écartent de %+.1f %%",
	"its requests last %.4g s by their start times and latencies, and its duration is %.4g s": "ses requêtes durent " +
		"%.4g s d'après leurs débuts et latences, et sa durée est de %.4g s",
	"when it was measured is not told": "il n'est pas dit quand la mesure a eu lieu",
	"--max-concurrency %d stood beside --request-rate: where the cap bound, it was no open loop": "--max-concurrency %d " +
		"accompagnait --request-rate : là où ce plafond a joué, ce n'était pas une boucle ouverte",
	"its requests have no start times (vLLM before 0.12): its summary alone is read": "ses requêtes n'ont pas d'heure " +
		"de début (vLLM avant 0.12) : seul son résumé est lu",
	"resumed by %s on %s after %d of %d steps": "repris par %s sur %s après %d des %d étapes",
	" stood in for the windows and repetitions of scenario.yaml": " a remplacé les fenêtres et répétitions de " +
		"scenario.yaml",

	// what the metrics are
	"Time from when the request was due to the first non-empty text of any kind; role-only chunks do " +
		"not count.": "Temps depuis l'instant où la requête était due jusqu'au premier texte non vide, de toute sorte ; " +
		"les messages ne portant que le rôle ne comptent pas.",
	"Time from when the request was due to the first visible text: what the reader of a reasoning model " +
		"waits for.": "Temps depuis l'instant où la requête était due jusqu'au premier texte visible : ce qu'attend le " +
		"lecteur d'un modèle de raisonnement.",
	"Gap between consecutive reads that carried tokens, pooled over all arrivals after each request's first: the only " +
		"metric that sees stalls.": "Écart entre deux lectures successives portant des tokens, sur toutes les arrivées " +
		"après la première de chaque requête : la seule métrique qui voit les blocages.",
	"Mean time per output token after the first, of whole answers of two streamed tokens or more; one value per " +
		"request.": "Temps moyen par token de sortie après le premier, des réponses entières d'au moins deux tokens " +
		"transmis ; une valeur par requête.",
	"Time from when the request was due to the end of a whole answer.": "Temps depuis l'instant où la requête était due " +
		"jusqu'à la fin d'une réponse entière.",

	// the knee and the clauses of an objective
	"N* = X_max·R_min (the step model's fit leaves more than 3 %)": "N* = X_max·R_min (l'ajustement du modèle " +
		"d'itérations laisse plus de 3 %)",
	"TPOT = a + k·min(N, N_run) fits within 3 %": "TPOT = a + k·min(N, N_run) s'ajuste à 3 % près",
	"fewer than three trusted levels":            "moins de trois niveaux fiables",
	"no mean E2E at the lowest level":            "pas d'E2E moyen au niveau le plus bas",
	"throughput still rose at the highest level": "le débit montait encore au niveau le plus haut",
	"the largest gap":                            "le plus grand écart",
	"the largest gap's ":                         "du plus grand écart, ",

	// comparisons
	"better": "mieux", "worse": "moins bien", "equivalent": "équivalent", "mixed": "mitigé",
	"inconclusive":        "non concluant",
	"no difference shown": "aucune différence montrée",
	"%.0f %% against %.0f %% of prompt tokens came from the prefix cache": "%.0f %% contre %.0f %% des tokens de prompt " +
		"viennent du cache de préfixes",
	"%s carries more per GPU wherever a difference is shown, from %s to %s of TPOT: no crossing " +
		"was seen": "%s porte plus par GPU partout où une différence est montrée, de %s à %s de TPOT : aucun croisement vu",
	"up to a TPOT of %s %s carries more per GPU, from %s on %s: they cross between": "jusqu'à un " +
		"TPOT de %s, %s porte plus par GPU, à partir de %s c'est %s : ils se croisent entre les deux",
	"no difference per GPU between %s and %s is shown at equal TPOT": "aucune différence par GPU entre %s et %s n'est " +
		"montrée à TPOT égal",
	", prompts %s %g": ", prompts %s %g", ", answers %s %g": ", réponses %s %g", "fixed": "fixe", "uniform": "uniforme",
	"KV pool, tokens": "réserve KV, tokens",
	"GPUs":            "GPU",
	"model":           "modèle", "version": "version", "card": "carte", "objective": "objectif", "prompts": "prompts",
	"load": "charge",
	"a verdict needs %d repetitions a side, here are %d and %d": "un verdict demande %d répétitions par côté, ici %d " +
		"et %d",
	"about %d starts a side, with %d repetitions over them, would decide it: %s a side": "environ %d démarrages par " +
		"côté, avec %d répétitions en tout, trancheraient : %s par côté",
	"%s; %s; judged by %s":          "%s ; %s ; jugé par %s",
	"%s, so that the ratio is open": "%s, si bien que le rapport reste ouvert",
	"of %s chance is not excluded at 5 %% over all that is judged (Holm)": "de %s le hasard n'est pas exclu à 5 %% sur " +
		"tout ce qui est jugé (Holm)",
	"the ratio of %s may be one that matters (5 %%) or one that does not": "le rapport de %s peut être de ceux qui " +
		"comptent (5 %%) ou non",
	"an INVALID step on one side": "une étape NON VALABLE d'un côté",
	"answers have %.0f against %.0f tokens on average, more than chance makes of one mix": "les réponses ont %.0f " +
		"contre %.0f tokens en moyenne, plus que le hasard n'en fait d'un même mélange",
	"prompts have %.0f against %.0f tokens on average, more than chance makes of one mix": "les prompts ont %.0f contre " +
		"%.0f tokens en moyenne, plus que le hasard n'en fait d'un même mélange",
	"baseline is a lower bound": "la référence est une borne inférieure",
	"variant is a lower bound":  "la variante est une borne inférieure", "at least": "au moins",
	"baseline holds nothing": "la référence ne tient rien", "variant holds nothing": "la variante ne tient rien",
	"neither holds anything": "aucune ne tient rien",
	"higher levels, until the objective breaks on both sides, or lower ones where it is never met, would " +
		"decide it": "des niveaux plus hauts, jusqu'à ce que l'objectif cède des deux côtés, ou plus bas s'il n'est jamais " +
		"atteint, trancheraient",
	"the highest throughput, and the pace at the highest load in common, since no objective breaks on either " +
		"side": "le débit le plus haut, et la cadence à la plus haute charge commune, car l'objectif ne cède d'aucun côté",
	"on one side prompt tokens came from the prefix cache, and the other does not tell": "d'un côté des tokens de " +
		"prompt viennent du cache de préfixes, et l'autre ne le dit pas",
	"peak tok/s per GPU": "tok/s par GPU au plus", "tok/s per GPU at the held load": "tok/s par GPU à la charge tenue",
	"tok/s per GPU":                                     "tok/s par GPU",
	"the load held within the objective":                "la charge tenue dans l'objectif",
	"the two sides were judged by different objectives": "les deux côtés ont été jugés par des objectifs différents",
	"one side was loaded at rates and the other at requests in flight, so that their held loads have " +
		"no ratio": "un côté a été chargé par des débits et l'autre par des requêtes en cours : leurs charges tenues n'ont " +
		"pas de rapport",
	"the runs have no level that can be compared": "les essais n'ont aucun niveau comparable",
	"the runs have no target in common":           "les essais n'ont aucune cible en commun",

	// advice
	"%+.1f %% tok/s for %.2g times the concurrency":     "%+.1f %% de tok/s pour %.2g fois la concurrence",
	"%+d KV tokens on %d":                               "%+d tokens de KV sur %d",
	"%+d KV blocks on %d":                               "%+d blocs de KV sur %d",
	"%s at %s about %s instead of %s":                   "%s à %s environ %s au lieu de %s",
	"%s would give %s":                                  "avec %s, %s",
	"%s: %s would give %s":                              "%s : avec %s, %s",
	"nothing":                                           "un gain nul",
	"%s: given %q, expected a number":                   "%s : reçu %q, attendu un nombre",
	", KV pool %s %% used, %s %% at most":               ", réserve KV occupée à %s %%, %s %% au plus",
	", some limit in %.3g %%":                           ", une limite ou une autre dans %.3g %%",
	": at %s %s is too long in %.3g %% of the requests": " : à %s, %s est trop long dans %.3g %% des requêtes",
	": needs a run of its own: the same load with another value, then compare": " : demande son propre essai : la " +
		"même charge avec une autre valeur, puis comparer",
	"; the load that could be held lies below": " ; la charge qui pourrait être " +
		"tenue est plus basse",
	"a quarter more KV memory": "un quart de mémoire KV en plus",
	"a quarter more compute":   "un quart de calcul en plus",
	"a quarter more memory bandwidth": "un quart de bande passante " +
		"mémoire en plus",
	"a quarter more requests at once (max-num-seqs)": "un quart de requêtes simultanées " +
		"en plus (max-num-seqs)",
	"a quarter more tokens in a step (max-num-batched-tokens)": "un quart de tokens par itération " +
		"en plus (max-num-batched-tokens)",
	"steps a quarter shorter (max-num-batched-tokens)": "des itérations d'un quart plus " +
		"courtes (max-num-batched-tokens)",
	"an API server a quarter faster": "un serveur d'API d'un quart " +
		"plus rapide",
	"per-step overhead of the host a quarter shorter": "un surcoût de l'hôte par " +
		"itération d'un quart plus court",
	"requests queue before the server, and its gauges do not say why": "une file attend devant le " +
		"serveur, et ses jauges ne disent pas pourquoi",
	"an imported summary does not show what holds the server back": "un résumé importé ne montre pas " +
		"ce qui limite le serveur",
	"at %s the API server's process used %s cores of the %d that %d of them can use": "à %s, le processus du serveur " +
		"d'API utilisait %s cœurs des %d que %d d'entre eux peuvent utiliser",
	"at %s: %s running, %s waiting on average": "à %s : %s en exécution, %s en " +
		"attente en moyenne",
	"cannot be told from this run: ": "inconnu d'après cet essai : ",
	"effects of settings: ":          "effets des réglages : ",
	"prompts that this run served in one step would be split into several: play the advised setting, and " +
		"compare": "des prompts que cet essai a servis en une itération seraient coupés en plusieurs : jouer le réglage " +
		"conseillé, puis comparer",
	"grade A: play the advised setting, four repetitions or more, and compare": "niveau A : jouer le réglage " +
		"conseillé, quatre répétitions ou plus, et comparer",
	"it holds one variant only; measure tensor-parallel-size %d too and compare per GPU, against %d replicas " +
		"as well": "il ne contient qu'une variante ; mesurer aussi tensor-parallel-size %d et comparer par GPU, ainsi qu'à " +
		"%d répliques",
	"it needs 20 whole answers, has %d": "il faut 20 réponses entières, il y en a %d",
	"it needs the present gpu-memory-utilization": "il faut la valeur actuelle de " +
		"gpu-memory-utilization",
	"its KV pool is not known":                     "sa réserve KV n'est pas connue",
	"less load would be held":                      "moins de charge serait tenue",
	"more load would be held":                      "plus de charge serait tenue",
	"an objective that one request alone can keep": "un objectif qu'une requête seule peut tenir",
	"; no setting that was examined would meet it": " ; aucun réglage examiné ne le tiendrait",
	"; the step model, calibrated to this run, does not see it break there, so that no setting is judged by it": " ; le " +
		"modèle des étapes, étalonné sur cet essai, ne l'y voit pas céder : aucun réglage n'est donc jugé par lui",
	"play the setting that is in question, and compare": "jouer le réglage en question, puis comparer",
	"levels on both sides of where the objective breaks": "des niveaux des deux côtés du point où " +
		"l'objectif cède",
	"name the target's card, so that its engine can be worked out": "nommer la carte de la cible, pour que son " +
		"moteur puisse être calculé",
	"name the model's config.json, so that its engine can be worked out": "nommer le config.json du modèle, pour que " +
		"son moteur puisse être calculé",
	"no effect worth a change": "aucun effet qui vaille un changement",
	"no level can be trusted, so nothing is concluded": "aucun niveau n'est fiable, donc rien " +
		"n'est conclu",
	"no objective is given": "aucun objectif n'est donné",
	"no objective is given: settings are judged by tokens/s at %s": "aucun objectif n'est donné : les " +
		"réglages sont jugés aux tokens/s à %s",
	"no requests queued before the server up to %s": "aucune file n'attendait devant le " +
		"serveur jusqu'à %s",
	"nobody tells which card it runs on": "personne ne dit sur quelle carte il tourne",
	"effects' bounds take the model to be off %s times as far as usual, since nobody timed %s on the %s": "les bornes " +
		"des effets supposent le modèle %s fois plus loin de la vérité que d'habitude, car personne n'a mesuré %s sur une %s",
	"nobody timed %s on the %s: its steps are estimated (docs/simulator.md); simulate --fit turns the estimate into a " +
		"fit from one short run": "personne n'a mesuré %s sur la %s : ses itérations sont estimées (docs/simulator.md) ; " +
		"simulate --fit les étalonne d'après un essai court",
	"a step is taken to read as many experts as a router that spreads tokens evenly would: real routers are " +
		"uneven": "une itération est supposée lire autant d'experts que le ferait un routeur qui répartit les tokens " +
		"également : les vrais routeurs sont inégaux",
	"max-model-len %d is beyond the model's %d positions: a real vLLM wants --hf-overrides with rope_parameters for " +
		"it": "max-model-len %d dépasse les %d positions du modèle : un vrai vLLM veut pour cela --hf-overrides avec " +
		"rope_parameters",
	"max-num-batched-tokens must not lie below it": "max-num-batched-tokens ne doit pas lui être inférieur",
	"nobody timed %s on the %s: simulate --fit from one short run, or play the advised setting and " +
		"compare": "personne n'a mesuré %s sur une %s : simulate --fit d'après un essai court, ou jouer le réglage " +
		"conseillé et comparer",
	"not decided by this run: the interval holds gain and loss": "cet essai ne tranche pas : l'intervalle contient gain " +
		"et perte",
	"not on a shared GPU: ":              "pas sur un GPU partagé : ",
	"replicas are judged each by itself": "les répliques sont jugées chacune à part",
	"requests wait at %s while max-num-seqs %d run; a higher value may or may not hold more, since the engine slows " +
		"down with every request": "des requêtes attendent à %s alors que max-num-seqs %d s'exécutent ; une valeur plus " +
		"haute tiendrait peut-être plus, peut-être pas, car chaque requête ralentit le moteur",
	"requests wait at %s while the KV pool is full": "des requêtes attendent à %s alors que " +
		"la réserve KV est pleine",
	"sessions of several turns are not modelled": "les sessions de plusieurs tours ne " +
		"sont pas modélisées",
	"the advised change brings more than a quarter more of any resource would": "le changement conseillé apporte plus " +
		"qu'un quart de n'importe quelle ressource en plus",
	"the load that could be held with it lies outside what was played": "la charge qui pourrait ainsi être " +
		"tenue sort de ce qui a été joué",
	"the objective breaks around %s, by the line through all steps; %s is the first that did not " +
		"keep it": "l'objectif cède vers %s, d'après la droite par toutes les étapes ; %s est la première qui ne l'a " +
		"pas tenu",
	"the objective breaks between %s and %s": "l'objectif cède entre %s et %s",
	"the objective cannot be met: at %s, the lowest load played, %.3g %% of the requests keep it and %.3g %% are " +
		"asked for": "l'objectif ne peut être atteint : à %s, la charge la plus basse jouée, %.3g %% des requêtes le " +
		"respectent et %.3g %% sont demandés",
	"the objective is met up to %s, the highest load played": "l'objectif est tenu " +
		"jusqu'à %s, la charge la plus haute jouée",
	"the server is %s: its settings are not vLLM's": "le serveur est %s : ses " +
		"réglages ne sont pas ceux de vLLM",
	"the shape of %s is not known here: model_config names its config.json": "la forme de %s n'est pas " +
		"connue ici : model_config nomme son config.json",
	"the steps of %s are not modelled here: %s": "les itérations de %s ne " +
		"sont pas modélisées ici : %s",
	"the step model does not follow this run closely: play the advised setting and compare": "le modèle d'itérations " +
		"suit mal cet essai : jouer le réglage conseillé et comparer",
	"the step model, calibrated to this run's %d levels, is off by %.2g times what was expected of it": "le modèle " +
		"d'itérations, étalonné sur les %d niveaux de cet essai, s'écarte de %.2g fois ce qui en était attendu",
	"this is the present setting": "c'est le réglage actuel",
	"three levels of load at least, around where the objective breaks": "trois niveaux de charge au moins, autour du " +
		"point où l'objectif cède",
	"throughput still rose at the highest load played": "le débit montait encore à la charge la plus " +
		"haute jouée",
	"unknown flag %q": "option inconnue %q",
	"watch the memory of the GPU under the longest prompts before it stays": "surveiller la mémoire du GPU sous les " +
		"prompts les plus longs avant de l'adopter",
	"the bottleneck is unknown: the server shows no /metrics that tell it": "ce qui limite le serveur est inconnu : il " +
		"ne montre pas de /metrics qui le disent",
	"what-if knows %v, not %s":  "what-if connaît %v, pas %s",
	"vLLM refuses to start: %s": "vLLM refuse de démarrer : %s",
}
