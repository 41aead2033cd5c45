//go:build !unix

package calibration

func reserveFiles(int) {}

// Favour does nothing here: it is a matter of the kernel's groups by session.
func Favour() {}
