//go:build !linux

package sweep

import "time"

func nap(d time.Duration) { time.Sleep(d) }

func ownThread() {}
