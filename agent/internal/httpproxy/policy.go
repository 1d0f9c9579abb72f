package httpproxy

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Policy is which requests of a port a fault is about, and what is done to them.
type Policy struct {
	// Methods, in capitals; none: all.
	Methods []string
	// Path, in which * is any characters; "": all. It is without the query.
	Path string
	// Percent of the requests that match it is done to.
	Percent float64
	Effect  Effect
}

// Effect is what is done; what is not set is left as it is.
type Effect struct {
	// Delay is by how long the response is held.
	Delay time.Duration
	// Status is the response's, in place of the app's.
	Status int
	// Body is the response's, in place of the app's; nil: the app's.
	Body            []byte
	ContentType     string
	ContentEncoding string
	// RequestHeaders and ResponseHeaders are set, in place of those of the same name.
	RequestHeaders, ResponseHeaders map[string]string
	// Reset: the request does not reach the app, and its connection is reset, after so long.
	Reset      bool
	ResetAfter time.Duration
}

// part is one fault's share of a proxy.
type part struct {
	policy Policy
	// ended is closed when the fault is over.
	ended chan struct{}

	matched, altered atomic.Uint64
}

func (p *part) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// hold waits; false: the fault has ended meanwhile.
func (p *part) hold(duration time.Duration) bool {
	if duration <= 0 {
		return !p.over()
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.ended:
		return false
	}
}

// matches tells whether a request is one the fault is about.
func (p *Policy) matches(h head) bool {
	method, target, _ := h.words()
	if len(p.Methods) > 0 && !slices.Contains(p.Methods, method) {
		return false
	}
	return p.Path == "" || wild(p.Path, pathOf(target))
}

// all tells whether every request matches, so that it need not be read.
func (p *Policy) all() bool { return len(p.Methods) == 0 && p.Path == "" }

func (p *Policy) chosen() bool { return rand.Float64()*100 < p.Percent }

// pathOf is the path of a request's target, which has the host before it when it is a proxy's.
func pathOf(target string) string {
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := strings.Cut(target, "://"); ok {
			target = "/"
			if slash := strings.IndexByte(rest, '/'); slash >= 0 {
				target = rest[slash:]
			}
		}
	}
	path, _, _ := strings.Cut(target, "?")
	return path
}

// wild compares with a pattern in which * is any characters.
func wild(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, last)
}

// changesResponse tells whether the response is another than the app's.
func (e *Effect) changesResponse() bool {
	return e.Status != 0 || e.Body != nil || len(e.ResponseHeaders) > 0
}

func setAll(h *head, headers map[string]string) {
	for _, name := range sortedKeys(headers) {
		h.set(name, headers[name])
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// applyTo changes the head of a response. The body to send in place of the app's is not nil when there is one.
func (e *Effect) applyTo(h *head, method string, status int) (body []byte) {
	final := status
	if e.Status != 0 {
		version, _, _ := h.words()
		final = e.Status
		h.first = version + " " + strconv.Itoa(final) + " " + http.StatusText(final) + "\r\n"
	}
	switch {
	case !mayHaveBody(final):
		if mayHaveBody(status) {
			body = []byte{}
			h.without("content-length", "transfer-encoding", "trailer")
		}
	case e.Body != nil:
		body = e.Body
		h.without("transfer-encoding", "trailer", "content-encoding")
		h.set("Content-Length", strconv.Itoa(len(body)))
		if e.ContentEncoding != "" {
			h.set("Content-Encoding", e.ContentEncoding)
		}
		if method == "HEAD" {
			body = []byte{}
		}
	case !mayHaveBody(status):
		body = []byte{}
		h.set("Content-Length", "0")
	}
	if e.ContentType != "" && mayHaveBody(final) {
		h.set("Content-Type", e.ContentType)
	}
	setAll(h, e.ResponseHeaders)
	return body
}
