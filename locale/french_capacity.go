package locale

// frenchCapacity are the sentences of a plan of replicas.
var frenchCapacity = map[string]string{
	"loadgen: capacity for %s": "loadgen : capacité pour %s",
	"%s, %s: planned by %s":    "%s, %s : plan d'après %s",
	"the engine's arithmetic, calibrated to the run %s (residuals %.1f times those expected)": "l'arithmétique du " +
		"moteur, étalonnée sur l'essai %s (écarts de %.1f fois ceux attendus)",
	"the simulator's arithmetic of its model, card and settings; nobody measured this server": "l'arithmétique du " +
		"simulateur pour son modèle, sa carte et ses réglages ; personne n'a mesuré ce serveur",
	"1 replica":                      "1 réplique",
	"%d replicas":                    "%d répliques",
	"%d GPUs":                        "%d GPU",
	"round robin":                    "tourniquet (round robin)",
	"least requests":                 "le moins de requêtes",
	"Demand":                         "Demande",
	"Replicas":                       "Répliques",
	"Hours":                          "Heures",
	"Assumptions":                    "Hypothèses",
	"Confirmation":                   "Confirmation",
	"%s requests/s at its peak (%s)": "%s requêtes/s à sa pointe (%s)",
	"%s users, each asking once in %v of thinking and an answer": "%s utilisateurs, chacun avec une requête par %v de " +
		"réflexion et une réponse",
	"%s of the requests must be within the objective": "%s des requêtes doivent être dans l'objectif",
	"one replica by itself holds %s requests/s of it": "une réplique seule en tient %s requêtes/s",
	"careful: of requests that have a server to themselves %s are within the objective, hardly more than is asked for, " +
		"so replicas buy little and their number is known badly": "attention : parmi les requêtes qui ont un serveur pour " +
		"elles seules, %s sont dans l'objectif, à peine plus que demandé ; des répliques apportent donc peu et leur nombre " +
		"est mal connu",
	"balancer":                  "répartiteur",
	"replicas":                  "répliques",
	"hold req/s":                "tiennent req/s",
	"headroom":                  "marge",
	"one gone: hold req/s":      "une en moins : tiennent req/s",
	"replicas with one gone":    "répliques, une en moins",
	"cost of 10⁶ output tokens": "coût de 10⁶ tokens de sortie",
	"none left":                 "aucune ne reste",
	"played in virtual time on one clock, each request sent at the instant it comes; what several hold is not a " +
		"multiple of what one does, since splitting is not free and chance evens out": "joué en temps virtuel sur une " +
		"seule horloge, chaque requête envoyée à l'instant où elle arrive ; ce que plusieurs tiennent n'est pas un " +
		"multiple de ce qu'une seule tient, car répartir a un coût et le hasard se compense",
	"cost is not told: price: of a target is one GPU's for an hour": "coût non indiqué : price: d'une cible est celui " +
		"d'un GPU pour une heure",
	"%s J for an output token at %s tok/s, the highest load measured; at the demand more, since a GPU that waits draws " +
		"power too": "%s J par token de sortie à %s tok/s, la plus haute charge mesurée ; davantage à la demande, car un " +
		"GPU qui attend consomme aussi",
	"energy is not told: no power of the GPUs was read": "énergie non indiquée : aucune puissance des GPU n'a été lue",
	"hour":            "heure",
	"requests":        "requêtes",
	"busiest minute":  "minute la plus chargée",
	"of what %d hold": "de ce que %d tiennent",
	"dispersion 1 s":  "dispersion 1 s",
	"decides":         "décide",
	"its first %s":    "ses premières %s",
	"%s: %s (%s) for %s requests/s within the objective, headroom %s; with any one gone: %s (%s)": "%s : %s (%s) pour " +
		"%s requêtes/s dans l'objectif, marge %s ; s'il en manque une : %s (%s)",
	"%s: %s (%s) for %s requests/s within the objective, headroom %s; %d to %d if a replica is up to %s faster or " +
		"slower than that; with any one gone: %s (%s)": "%s : %s (%s) pour %s requêtes/s dans l'objectif, marge %s ; %d à " +
		"%d si une réplique est jusqu'à %s plus rapide ou plus lente ; s'il en manque une : %s (%s)",
	"%s requests/s at its peak (%s, grown by %s)": "%s requêtes/s à sa pointe (%s, augmentée de %s)",
	"%s; broken by: %s":                           "%s ; mis en défaut par : %s",
	"dispersion: variance ÷ mean of the counts in windows of so many seconds; 1 is Poisson's, more is " +
		"bursts": "dispersion : variance ÷ moyenne des nombres d'arrivées par fenêtres d'autant de secondes ; 1 est celle " +
		"de Poisson, plus signale des rafales",
	"of what they hold: the busiest minute as a share of the rate that the planned replicas hold behind %s for an hour, " +
		"so that a minute may exceed it": "de ce qu'elles tiennent : la minute la plus chargée, en part du débit que les " +
		"répliques prévues tiennent pendant une heure derrière « %s », si bien qu'une minute peut le dépasser",
	"Demand over the day, and what %s can hold": "Demande au fil de la journée, et ce que %s peuvent tenir",
	"%s: %s/s are held":                         "%s : %s/s tenues",
	"by chance":                                 "au hasard",
	"find rate":                                 "recherche du débit",
	"find concurrency":                          "recherche de la concurrence",
	"a replica serves as told by %s":            "une réplique sert comme le dit %s",
	"another start, card, driver or version: play the demand against the servers themselves with --confirm": "un autre " +
		"démarrage, une autre carte, un autre pilote ou une autre version : jouer la demande contre les serveurs eux-mêmes " +
		"avec --confirm",
	"all replicas are alike, and none is slow": "toutes les répliques se valent, et aucune n'est lente",
	"one that is throttled or shares its GPU: the slowest decides behind round robin": "une réplique bridée ou qui " +
		"partage son GPU : derrière un tourniquet, la plus lente décide",
	"the traffic comes as it was recorded, in its busiest hour": "le trafic arrive tel qu'enregistré, à son heure la " +
		"plus chargée",
	"a day that is busier, or bursts of another cause": "une journée plus chargée, ou des rafales d'une autre cause",
	"requests come one by one and independent of each other (Poisson)": "les requêtes arrivent une à une et " +
		"indépendamment (Poisson)",
	"bursts: jobs that start on the hour, retries, agents. Give a recording of arrivals": "des rafales : tâches lancées " +
		"à l'heure pile, nouvelles tentatives, agents. Donner un enregistrement des arrivées",
	"users think as long as was told, whatever they were answered, and an answer lasts as it does alone": "les " +
		"utilisateurs réfléchissent aussi longtemps qu'indiqué, quelle que soit la réponse, et une réponse dure autant que " +
		"seule",
	"slower answers slow users down, so that fewer requests come than planned": "des réponses plus lentes ralentissent " +
		"les utilisateurs : il vient moins de requêtes que prévu",
	"lengths are those of the scenario's classes, in the demand's shares": "les longueurs sont celles des classes du " +
		"scénario, dans les proportions de la demande",
	"lengths are those of the run's whole answers, in the demand's shares": "les longueurs sont celles des réponses " +
		"complètes de l'essai, dans les proportions de la demande",
	"longer prompts or answers, another model of the same name, tools that are called more often": "des prompts ou des " +
		"réponses plus longs, un autre modèle du même nom, des outils appelés plus souvent",
	"the balancer knows nothing of prefixes, and each replica's cache finds what the run's found": "le répartiteur " +
		"ignore les préfixes, et le cache de chaque réplique trouve ce que celui de l'essai trouvait",
	"routing by prefix finds more; more replicas find less of a prefix that is rare": "un routage par préfixe trouve " +
		"davantage ; plus de répliques trouvent moins d'un préfixe rare",
	"a replica that goes takes its share with it, and its requests are not sent again": "une réplique qui disparaît " +
		"emporte sa part, et ses requêtes ne sont pas renvoyées",
	"retries of what was lost are a burst at the worst time": "renvoyer ce qui est perdu fait une rafale au pire moment",

	"the servers given": "serveurs donnés",
	"simulated servers": "serveurs simulés",
	"predicted":         "prévu",
	"played":            "joué",
	"%s requests/s on %s of %s, %d requests judged: %s.": "%s requêtes/s sur %s de %s, %d requêtes jugées : %s.",
	"confirmed: the lower 95 % bound of the share is at or above the goal": "confirmé : la borne inférieure à 95 % de " +
		"la part atteint le but",
	"held, and not proven: the lower 95 % bound of the share is below the goal": "tenu, mais non prouvé : la borne " +
		"inférieure à 95 % de la part est sous le but",
	"not held: fewer requests than the goal were within the objective": "non tenu : moins de requêtes que le but " +
		"étaient dans l'objectif",
	"each replica had arrivals of its own, as behind a balancer that sends each request anywhere by chance; the " +
		"prediction is for the same": "chaque réplique avait ses propres arrivées, comme derrière un répartiteur qui " +
		"envoie chaque requête au hasard ; la prévision vaut pour le même",

	"Demand over the day":          "Demande au fil de la journée",
	"hours from the first arrival": "heures depuis la première arrivée",
	"requests/s":                   "requêtes/s",
	"minute":                       "minute",
	"behind %s":                    "derrière : %s",
	"hour %d decides":              "l'heure %d décide",
	"held: for an hour like it, so that a minute may exceed it": "tenu : pendant une telle heure, si bien qu'une minute " +
		"peut le dépasser",
}
