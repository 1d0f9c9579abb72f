package httpproxy

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	// maxHead is how long the head of a request or a response may be.
	maxHead = 256 << 10
	// readAhead is how much of a connection is buffered; a request line must fit.
	readAhead = 16 << 10
)

// head is the start of a message: its first line, and the lines with its fields, each as it was received.
type head struct {
	first string
	lines []line
	end   string // the empty line, or what there is of one that is cut off
}

// line is a field's line, or a continuation of the one before, which has no name.
type line struct {
	raw         string
	name, value string
}

var errHead = errors.New("not the head of an HTTP/1 message")

// readHead reads lines up to an empty one.
func readHead(from *bufio.Reader) (head, error) {
	var h head
	length := 0
	for {
		raw, err := readLine(from, maxHead-length)
		length += len(raw)
		text := strings.TrimRight(raw, "\r\n")
		switch {
		case err != nil:
			// what has come of it is passed on
			h.end = raw
			return h, err
		case h.first == "":
			h.first = raw
			if text == "" {
				return h, fmt.Errorf("%w: found an empty line", errHead)
			}
		case text == "":
			h.end = raw
			return h, nil
		default:
			h.lines = append(h.lines, parseLine(raw))
		}
	}
}

func parseLine(raw string) line {
	if raw[0] == ' ' || raw[0] == '\t' {
		return line{raw: raw}
	}
	name, value, _ := strings.Cut(raw, ":")
	return line{raw: raw, name: strings.ToLower(strings.TrimSpace(name)), value: strings.TrimSpace(value)}
}

// readLine reads a line with its end, of at most so many bytes.
func readLine(from *bufio.Reader, most int) (string, error) {
	var whole []byte
	for {
		part, err := from.ReadSlice('\n')
		whole = append(whole, part...)
		if len(whole) > most {
			return string(whole), fmt.Errorf("%w: found more than %d bytes", errHead, maxHead)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(whole), err
		}
	}
}

func (h head) bytes() []byte {
	var out bytes.Buffer
	out.WriteString(h.first)
	for _, l := range h.lines {
		out.WriteString(l.raw)
	}
	out.WriteString(h.end)
	return out.Bytes()
}

// words splits the first line into three: method, target and version, or version, code and reason.
func (h head) words() (first, second, third string) {
	text := strings.TrimRight(h.first, "\r\n")
	first, rest, _ := strings.Cut(text, " ")
	second, third, _ = strings.Cut(rest, " ")
	return first, second, third
}

// values gives all values of a field, split at commas, in lower case.
func (h head) values(name string) []string {
	var values []string
	for _, l := range h.lines {
		if l.name == name {
			for value := range strings.SplitSeq(l.value, ",") {
				values = append(values, strings.ToLower(strings.TrimSpace(value)))
			}
		}
	}
	return values
}

// without takes fields out, with their continuations.
func (h *head) without(names ...string) {
	var kept []line
	dropping := false
	for _, l := range h.lines {
		if l.name != "" {
			dropping = false
			for _, name := range names {
				dropping = dropping || strings.EqualFold(l.name, name)
			}
		}
		if !dropping {
			kept = append(kept, l)
		}
	}
	h.lines = kept
}

// set gives a field one value, in place of all it had.
func (h *head) set(name, value string) {
	h.without(name)
	h.lines = append(h.lines, parseLine(name+": "+value+"\r\n"))
}

// status is a response's code.
func (h head) status() (int, error) {
	version, code, _ := h.words()
	number, err := strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || number < 100 || number > 999 {
		return 0, fmt.Errorf("%w: found %q, expected a status line", errHead, strings.TrimSpace(h.first))
	}
	return number, nil
}

// awaitRequest waits until there is a request line, or it is clear that what comes is none: then it is false.
// Nothing is taken from the reader.
func awaitRequest(from *bufio.Reader) bool {
	for want := 1; want <= readAhead; {
		if _, err := from.Peek(want); err != nil {
			return false
		}
		there, _ := from.Peek(from.Buffered())
		end := bytes.IndexByte(there, '\n')
		if end >= 0 {
			return isRequestLine(string(bytes.TrimRight(there[:end], "\r")))
		}
		if !mayBeRequestLine(there) {
			return false
		}
		want = len(there) + 1
	}
	return false
}

// mayBeRequestLine tells whether a request line may begin so: a method in capitals, then what can be printed.
func mayBeRequestLine(start []byte) bool {
	const longestMethod = 32
	method, rest, whole := bytes.Cut(start, []byte(" "))
	if len(method) > longestMethod || whole && len(method) == 0 {
		return false
	}
	for _, c := range method {
		if (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	for i, c := range rest {
		if c <= ' ' && c != ' ' && !(c == '\r' && i == len(rest)-1) || c == 0x7f {
			return false
		}
	}
	return true
}

func isRequestLine(text string) bool {
	words := strings.Split(text, " ")
	return mayBeRequestLine([]byte(text)) && len(words) == 3 && words[1] != "" && (words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0")
}
