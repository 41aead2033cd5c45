//go:build !linux || !(amd64 || arm64)

package endpoint

import (
	"net"
	"time"
)

// An inbox is not to be had on this system.
type inbox struct{}

func openInbox(net.Conn) *inbox { return nil }

func (*inbox) read([]byte) (int, time.Duration, error) { return 0, 0, nil }

func (*inbox) pump([]byte, func(int, time.Duration) bool) error { return nil }

// quiet hopes that an idle connection is open still.
func (*inbox) quiet() bool { return true }
