package httpproxy

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

func TestWild(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		matches       bool
	}{
		{"/a", "/a", true}, {"/a", "/a/b", false}, {"/a*", "/a/b", true}, {"*", "/", true}, {"/a/*/c", "/a/b/b/c", true},
		{"/a/*/c", "/a/c", false}, {"*.js", "/x/y.js", true}, {"*.js", "/x/y.json", false}, {"/a*a", "/a", false},
	} {
		if got := wild(test.pattern, test.path); got != test.matches {
			t.Errorf("%s against %s: found %v", test.pattern, test.path, got)
		}
	}
	for target, path := range map[string]string{
		"/a?b=/c": "/a", "http://host/a/b?c": "/a/b", "http://host": "/", "*": "*", "host:443": "host:443",
	} {
		if got := pathOf(target); got != path {
			t.Errorf("%s: found %s, expected %s", target, got, path)
		}
	}
}

func TestAwaitRequest(t *testing.T) {
	for text, is := range map[string]bool{
		"GET / HTTP/1.1\r\n": true, "M-SEARCH * HTTP/1.1\n": true, "GET / HTTP/1.1": false, "PRI * HTTP/2.0\r\n\r\n": false,
		"\x16\x03\x01\x02\x00": false, "PING\r\n": false, "get / HTTP/1.1\r\n": false, "A\x00\x00\x00": false,
		"GET /\x01 HTTP/1.1\r\n": false, "GET /" + strings.Repeat("a", readAhead) + " HTTP/1.1\r\n": false,
	} {
		reader := bufio.NewReaderSize(strings.NewReader(text), readAhead)
		if got := awaitRequest(reader); got != is {
			t.Errorf("%.40q: found %v", text, got)
		}
	}
}

// Whatever is read as a head is written as it was, or is passed on as it was.
func FuzzHead(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nA: b\r\n folded\r\nA:c\n\r\nrest")
	f.Add("GET / HTTP/1.1\r\nA")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		reader := bufio.NewReader(strings.NewReader(text))
		h, _ := readHead(reader)
		var rest bytes.Buffer
		if _, err := reader.WriteTo(&rest); err != nil {
			t.Fatal(err)
		}
		if got := string(h.bytes()) + rest.String(); got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// A body in chunks is written as it was read, up to its end and not beyond, or refused.
func FuzzChunks(f *testing.F) {
	f.Add("3;x\r\nabc\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\n")
	f.Add("ffffffffffffffff\r\n")
	f.Add("0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		reader := bufio.NewReader(strings.NewReader(text))
		var out, rest bytes.Buffer
		err := copyBody(&out, reader, framing{kind: chunked})
		if _, err := reader.WriteTo(&rest); err != nil {
			t.Fatal(err)
		}
		if err == nil && out.String()+rest.String() != text || !strings.HasPrefix(text, out.String()) {
			t.Errorf("%q became %q and %q: %v", text, out.String(), rest.String(), err)
		}
	})
}

func TestSetAndWithout(t *testing.T) {
	h, err := readHead(bufio.NewReader(strings.NewReader("HTTP/1.1 200 OK\r\nA: 1\r\nb: 2\r\n folded\r\na: 3\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	h.set("a", "4")
	h.without("B")
	if got := string(h.bytes()); got != "HTTP/1.1 200 OK\r\na: 4\r\n\r\n" {
		t.Errorf("found %q", got)
	}
}
