package httpproxy

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// framing is how the end of a body is told, by RFC 9112, 6.
type framing struct {
	kind   framingKind
	length int64
}

type framingKind int

const (
	noBody framingKind = iota
	byLength
	chunked
	untilClose
)

func requestFraming(h head) (framing, error) {
	if codings := h.values("transfer-encoding"); len(codings) > 0 {
		if codings[len(codings)-1] != "chunked" {
			return framing{}, fmt.Errorf("%w: a request with transfer-encoding %v", errHead, codings)
		}
		return framing{kind: chunked}, nil
	}
	return lengthFraming(h, noBody)
}

// responseFraming is of a response to a request by that method.
func responseFraming(h head, method string, status int) (framing, error) {
	if method == "HEAD" || !mayHaveBody(status) {
		return framing{}, nil
	}
	if codings := h.values("transfer-encoding"); len(codings) > 0 {
		if codings[len(codings)-1] == "chunked" {
			return framing{kind: chunked}, nil
		}
		return framing{kind: untilClose}, nil
	}
	return lengthFraming(h, untilClose)
}

func mayHaveBody(status int) bool { return status >= 200 && status != 204 && status != 304 }

func lengthFraming(h head, absent framingKind) (framing, error) {
	lengths := h.values("content-length")
	if len(lengths) == 0 {
		return framing{kind: absent}, nil
	}
	for _, text := range lengths {
		if text != lengths[0] {
			return framing{}, fmt.Errorf("%w: content-length %v", errHead, lengths)
		}
	}
	length, err := strconv.ParseInt(lengths[0], 10, 64)
	if err != nil || length < 0 {
		return framing{}, fmt.Errorf("%w: content-length %q", errHead, lengths[0])
	}
	return framing{kind: byLength, length: length}, nil
}

// copyBody hands a body on as it comes, byte by byte as it was framed.
func copyBody(to io.Writer, from *bufio.Reader, f framing) error {
	to = plainWriter{to}
	switch f.kind {
	case byLength:
		_, err := io.CopyN(to, from, f.length)
		return err
	case chunked:
		return copyChunks(to, from)
	case untilClose:
		_, err := io.Copy(to, plainReader{from})
		return err
	default:
		return nil
	}
}

// plainReader hides that a bufio.Reader can write itself, which would hand its buffer to nobody else.
type plainReader struct{ io.Reader }

// plainWriter hides that a connection can read itself, which would give every error another name.
type plainWriter struct{ io.Writer }

func copyChunks(to io.Writer, from *bufio.Reader) error {
	const longestLine = 16 << 10
	for {
		size, err := readLine(from, longestLine)
		if err != nil {
			return err
		}
		digits, _, _ := strings.Cut(strings.TrimRight(size, "\r\n"), ";")
		length, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 62)
		if err != nil {
			return fmt.Errorf("%w: size of a chunk: found %q", errHead, digits)
		}
		if _, err := io.WriteString(to, size); err != nil {
			return err
		}
		if length > 0 {
			if _, err := io.CopyN(to, from, int64(length)+2); err != nil {
				return err
			}
			continue
		}
		for {
			trailer, err := readLine(from, maxHead)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(to, trailer); err != nil {
				return err
			}
			if strings.TrimRight(trailer, "\r\n") == "" {
				return nil
			}
		}
	}
}
