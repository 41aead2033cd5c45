//go:build !unix

package results

import "os"

// lockFile locks nothing here.
func lockFile(*os.File) (holder string, taken bool) { return "", false }
