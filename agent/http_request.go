package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"squall.dev/agent/internal/httpproxy"
)

const (
	kindHTTP = "http"
	// maxHTTPBody is how long a body given in a request can be: the request has to fit into a command line.
	maxHTTPBody = 32 << 10
	maxHTTPWait = 10 * time.Minute
)

var (
	httpMethodPattern  = regexp.MustCompile(`^[A-Z][A-Z_-]{0,31}$`)
	httpPathPattern    = regexp.MustCompile(`^[/*][\x21-\x3e\x40-\x7e]*$`)
	httpHeaderPattern  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	httpValuePattern   = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]{0,1000}$`)
	httpTextPattern    = regexp.MustCompile(`(?s)^.*$`)
	httpFramingHeaders = []string{"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
)

// httpRequest asks for something to be done to the requests that come for a port.
type httpRequest struct {
	port   int
	policy httpproxy.Policy
}

func readHTTPRequest(in *input) (httpRequest, error) {
	r := httpRequest{port: in.whole("port", 1, 65535, -1)}
	p := &r.policy
	p.Methods = in.methods("methods")
	p.Percent = in.number("sharePercent", 0.01, 100, 100, "percent")
	if in.has("path") {
		p.Path = in.text("path", httpPathPattern, "a path that begins with / or *, in which * is any characters; without a query")
	}
	in.httpEffect(&p.Effect)
	return r, in.err
}

// aspects are what it does, of which each is one fault's at a time.
func (r httpRequest) aspects() []string {
	e := r.policy.Effect
	var aspects []string
	for aspect, there := range map[string]bool{
		"delay": e.Delay > 0, "status": e.Status != 0, "body": e.Body != nil, "reset": e.Reset,
		"headers": len(e.ResponseHeaders) > 0, "request's headers": len(e.RequestHeaders) > 0,
	} {
		if there {
			aspects = append(aspects, aspect)
		}
	}
	return aspects
}

// httpEffect reads what is done. Nothing at all is an error, and so is what cannot be done together.
func (in *input) httpEffect(effect *httpproxy.Effect) {
	effect.Delay = in.milliseconds("delayMs", 0, maxHTTPWait, 0)
	effect.Status = in.whole("statusCode", 200, 599, 0)
	effect.Reset = in.truth("reset", false)
	effect.ResetAfter = in.milliseconds("resetAfterMs", 0, maxHTTPWait, 0)
	headers := in.headers("headers")
	if in.choice("headerMode", "response", "request") == "request" {
		effect.RequestHeaders = headers
	} else {
		effect.ResponseHeaders = headers
	}
	in.httpBody(effect)
	responds := effect.Delay > 0 || effect.Status != 0 || effect.Body != nil || len(headers) > 0
	switch {
	case !effect.Reset && effect.ResetAfter > 0:
		in.wrong("resetAfterMs", "reset with it")
	case effect.Reset && responds:
		in.wrong("reset", "nothing else with it: a request that is reset has no response")
	case !effect.Reset && !responds:
		in.wrong("port", "something to do to its requests: one of delayMs, statusCode, body, headers, reset")
	}
}

// httpBody reads the response's body. modifyBody without one gives it a text that says the status.
func (in *input) httpBody(effect *httpproxy.Effect) {
	modify := in.truth("modifyBody", in.has("body"))
	text := ""
	if in.has("body") {
		text = in.text("body", httpTextPattern, "a text")
		if len(text) > maxHTTPBody {
			in.wrong("body", fmt.Sprintf("at most %d bytes", maxHTTPBody))
		}
	}
	if in.has("contentType") {
		effect.ContentType = in.text("contentType", httpValuePattern, "a media type")
	}
	encoding := in.choice("contentEncoding", "identity", "gzip", "deflate")
	switch {
	case !modify && (in.has("body") || in.has("contentType") || in.has("contentEncoding")):
		in.wrong("modifyBody", "true, with a body, contentType or contentEncoding")
	case modify && !in.has("body") && effect.Status == 0:
		in.wrong("modifyBody", "a body, or a statusCode to say in one")
	case modify:
		if !in.has("body") {
			text = fmt.Sprintf("%d %s\n", effect.Status, http.StatusText(effect.Status))
		}
		effect.Body = encodeBody([]byte(text), encoding)
		if effect.ContentType == "" {
			effect.ContentType = "text/plain"
		}
		if encoding != "identity" {
			effect.ContentEncoding = encoding
		}
	}
}

func encodeBody(text []byte, encoding string) []byte {
	var out bytes.Buffer
	switch encoding {
	case "gzip":
		writer := gzip.NewWriter(&out)
		_, _ = writer.Write(text) // a buffer takes everything
		_ = writer.Close()
	case "deflate": // which is zlib's format, by RFC 9110, 8.4.1.2
		writer := zlib.NewWriter(&out)
		_, _ = writer.Write(text)
		_ = writer.Close()
	default:
		return text
	}
	return out.Bytes()
}

// methods reads the methods of requests; none: all.
func (in *input) methods(field string) []string {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok {
		return nil
	}
	var methods []string
	if json.Unmarshal(raw, &methods) != nil || len(methods) > 32 || slices.ContainsFunc(methods, func(m string) bool { return !httpMethodPattern.MatchString(m) }) {
		in.wrong(field, "a list of methods in capitals")
		return nil
	}
	return methods
}

// headers reads fields of a message that can be set without breaking how it is read.
func (in *input) headers(field string) map[string]string {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok {
		return nil
	}
	var headers map[string]string
	if json.Unmarshal(raw, &headers) != nil || len(headers) > 64 {
		in.wrong(field, "an object of at most 64 headers, each with its value")
		return nil
	}
	for name, value := range headers {
		switch {
		case !httpHeaderPattern.MatchString(name):
			in.reject(field, name, "the name of a header")
		case !httpValuePattern.MatchString(value):
			in.reject(field, value, "a value for "+name+" in one line, of at most 1000 characters")
		case slices.Contains(httpFramingHeaders, strings.ToLower(name)):
			in.reject(field, name, "none of "+strings.Join(httpFramingHeaders, ", ")+": they say how the message is read")
		}
	}
	return headers
}

func (in *input) has(field string) bool {
	_, ok := in.fields[field]
	return ok
}

// whole reads a number without a fraction.
func (in *input) whole(field string, least, most, fallback float64) int {
	value := in.number(field, least, most, fallback, "a whole number")
	if value != float64(int(value)) {
		in.wrong(field, "a whole number")
	}
	return int(value)
}

func (in *input) truth(field string, fallback bool) bool {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok {
		return fallback
	}
	var value bool
	if json.Unmarshal(raw, &value) != nil || string(raw) == "null" {
		in.wrong(field, "true or false")
	}
	return value
}
