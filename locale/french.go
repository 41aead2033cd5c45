package locale

// french says in French what is said in English, by the English sentence. Verbs are the same, in the same order unless numbered.
var french = map[string]string{}
