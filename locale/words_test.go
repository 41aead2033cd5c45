package locale

import (
	"strings"
	"testing"
)

// Finished sentences of other rooms, put together from parts, come out in French with French numbers.
func TestWords(t *testing.T) {
	for said, want := range map[string]string{
		"the objective breaks between n2 and n4: at n4 the largest gap is too long in 24.5 % of the requests": "l'objectif " +
			"cède entre n2 et n4 : à n4, le plus grand écart est trop long dans 24,5 % des requêtes",
		"the objective breaks between n64 to confirm and n66 to confirm: at n66 to confirm the largest gap is too long " +
			"in 99.1 % of the requests": "l'objectif cède entre n64 à confirmer et n66 à confirmer : à n66 à confirmer, le " +
			"plus grand écart est trop long dans 99,1 % des requêtes",
		"the objective breaks between 2/s and 4/s gamma: at 4/s gamma TTFT is too long in 3 % of the " +
			"requests": "l'objectif " +
			"cède entre 2/s et 4/s gamma : à 4/s gamma, TTFT est trop long dans 3 % des requêtes",
		"at n16: 15.4 running, 0 waiting on average, KV pool 22.3 % used, 49.1 % at most": "à n16 : 15,4 en " +
			"exécution, 0 en attente en moyenne, réserve KV occupée à 22,3 %, 49,1 % au plus",
		"tensor-parallel-size: needs a run of its own: the same load with another value, then " +
			"compare": "tensor-parallel-size : demande son propre essai : la même charge avec une autre valeur, puis comparer",
		"max-num-seqs: a quarter more requests at once (max-num-seqs) would give nothing": "max-num-seqs : " +
			"avec un quart de requêtes simultanées en plus (max-num-seqs), un gain nul",
		"p99 needs 1000 samples, has 212":                   "p99 demande 1000 échantillons, en a 212",
		"p99 is not shown: p99 needs 1000 samples, has 104": "p99 non affiché : p99 demande 1000 échantillons, en a 104",
		"p99 is uncertain: 9 of 999 samples lie beyond p99 (10 wanted); the window lasted 19.7 mean response times " +
			"(20 wanted); 22 min of measuring would do": "p99 peu sûr : 9 des 999 échantillons sont au-delà de p99 (10 " +
			"voulus) ; la fenêtre a duré 19,7 temps de réponse moyens (20 voulus) ; il suffirait de mesurer pendant 22 min",
		"p99 is uncertain: the window lasted 19.7 mean response times (20 wanted); 1 min of measuring would do": "p99 " +
			"peu sûr : la fenêtre a duré 19,7 temps de réponse moyens (20 voulus) ; il suffirait de mesurer pendant 1 min",
		"at n512: 1,230 running, 12,000 waiting on average": "à n512 : 1 230 en exécution, 12 000 en attente en moyenne",
		"mini: nobody timed awq on the L40S: its steps are estimated (docs/simulator.md); simulate --fit turns the " +
			"estimate into a fit from one short run": "mini : personne n'a mesuré awq sur la L40S : ses itérations sont " +
			"estimées (docs/simulator.md) ; simulate --fit les étalonne d'après un essai court",
		"in 1 of 8 steps": "dans 1 des 8 étapes",
		"vLLM 0.26.1":     "vLLM 0.26.1", "": "", "nobody ever said this": "nobody ever said this",
		"nobody timed awq on the L40S: simulate --fit from one short run, or play the advised setting and " +
			"compare": "personne n'a mesuré awq sur une L40S : simulate --fit d'après un essai court, ou jouer le réglage " +
			"conseillé et comparer",
	} {
		plain := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(French.Words(said))
		if plain != want {
			t.Errorf("%q\ngot  %q\nwant %q", said, plain, want)
		}
		if English.Words(said) != said {
			t.Errorf("English changed %q", said)
		}
	}
	if got := French.Say("%s of %s steps", French.Count(3), French.Count(1200)); got != "3 des 1\u202f200 étapes" {
		t.Errorf("%q", got)
	}
}
