package results

// A Fault is why a request did not end well. The list is closed: every record has exactly one.
type Fault string

const (
	FaultNone        Fault = ""
	FaultDial        Fault = "dial"         // no connection
	FaultReset       Fault = "reset"        // connection reset by the server
	FaultClosed      Fault = "closed"       // the server closed an idle connection before the first byte
	FaultTruncated   Fault = "truncated"    // the stream ended before its end
	FaultTimeout     Fault = "timeout"      // the request's own time limit
	FaultStalled     Fault = "stalled"      // no token came for too long: comments and pings are none
	FaultCancelled   Fault = "cancelled"    // we stopped it
	FaultRateLimited Fault = "rate-limited" // 429: a limit of a gateway, not of the server's capacity
	FaultRejected    Fault = "rejected"     // 503
	FaultClient      Fault = "client"       // other 4xx
	FaultServer      Fault = "server"       // other 5xx
	FaultInStream    Fault = "in-stream"    // an error object in a 200 stream
	FaultMalformed   Fault = "malformed"    // not an event stream, or unreadable
	FaultEmpty       Fault = "empty"        // ended well without a token
	FaultSend        Fault = "send"         // could not be written
	FaultEndless     Fault = "endless"      // many times the tokens that were asked for: we cut it
)

// Faults lists them in the order in which they are printed.
var Faults = []Fault{FaultDial, FaultSend, FaultReset, FaultClosed, FaultTruncated, FaultTimeout, FaultStalled,
	FaultCancelled, FaultRateLimited, FaultRejected, FaultClient, FaultServer, FaultInStream, FaultMalformed, FaultEmpty,
	FaultEndless}
