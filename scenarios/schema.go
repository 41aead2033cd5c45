package scenarios

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema is the format as JSON Schema 2020-12, for editors. It knows keys, kinds and bounds; what keys say of one
// another, flags, cards and files are judged by Parse alone.
func Schema() []byte { return schema }
