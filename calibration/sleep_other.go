//go:build !linux

package calibration

import "time"

func nap(d time.Duration) { time.Sleep(d) }

func ownThread() {}
