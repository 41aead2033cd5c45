package scenarios

// Nearest returns the candidate that a misspelt word most likely meant, or "" when none is close: about a third of its
// letters may differ.
func Nearest(word string, candidates []string) string {
	best, limit := "", (len(word)+2)/3
	for _, c := range candidates {
		if d := editDistance(word, c); d < limit || d == limit && best == "" {
			best, limit = c, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete or replace (Levenshtein), one row at a time.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
