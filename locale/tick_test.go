package locale

import "testing"

func TestLabelsOfAxes(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ShortSeconds(0.0123456), "12.3 ms"}, {ShortSeconds(0.9996), "1 s"}, {ShortSeconds(2.5e-6), "2.5 µs"},
		{ShortSeconds(100), "100 s"},
		{ShortCount(1500), "1.5k"}, {ShortCount(1024), "1024"}, {ShortCount(2e6), "2M"}, {ShortCount(0.25), "0.25"},
		{Short(45.04), "45"}, {Short(1234.5), "1235"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
