package prompt

// Tokenize reads the body of /tokenize: a prompt or messages, and the model it is for. texts tells whether the tokens'
// texts were asked for. A *Problem is the client's fault.
func Tokenize(raw []byte) (b *Body, texts bool, err error) {
	chat := false
	err = object(raw, func(key string, val []byte) error {
		chat = chat || key == "messages"
		texts = texts || key == "return_token_strs" && string(val) == "true"
		return nil
	})
	if err != nil {
		return nil, false, badJSON(raw)
	}
	const block = 16 // the hashes are not wanted
	if b, err = read(raw, chat, block); err != nil {
		return nil, false, err
	}
	b.Tokens = newTokens(block, "")
	b.Tokens.keep = true
	return b, texts, b.tokenize()
}

// ReadTokens reads the body of /detokenize: the model and the tokens' ids. A *Problem is the client's fault.
func ReadTokens(raw []byte) (model string, ids []int, err error) {
	given := false
	err = object(raw, func(key string, val []byte) error {
		switch key {
		case "model":
			return decode(key, val, &model, "string")
		case "tokens":
			given = true
			return decode(key, val, &ids, "list")
		}
		return nil
	})
	switch {
	case err == errJSON:
		return "", nil, badJSON(raw)
	case err == nil && !given:
		err = missingField("tokens", raw)
	}
	return model, ids, err
}
