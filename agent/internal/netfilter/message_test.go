package netfilter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseReadsWhatAppendWrites(t *testing.T) {
	var datagram []byte
	for i, attributes := range [][]byte{{1, 2, 3, 4}, {5}, nil} {
		datagram = Message{Type: 0x301, Sequence: uint32(i), Attributes: attributes}.Append(datagram)
	}
	replies, err := Parse(datagram)
	if err != nil || len(replies) != 3 {
		t.Fatalf("found %d messages, %v", len(replies), err)
	}
	for i, expected := range [][]byte{{1, 2, 3, 4}, {5}, {}} {
		got := replies[i]
		if got.Type != 0x301 || got.Sequence != uint32(i) || got.Err != nil || !bytes.Equal(got.Attributes, expected) {
			t.Errorf("message %d: %+v", i, got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	answer := func(number int32) []byte {
		data := binary.NativeEndian.AppendUint32(nil, 20)
		data = binary.NativeEndian.AppendUint16(data, unix.NLMSG_ERROR)
		data = append(data, make([]byte, 10)...)
		return binary.NativeEndian.AppendUint32(data, uint32(number))
	}
	for _, test := range []struct {
		number   int32
		expected error
	}{{0, nil}, {-int32(unix.EPERM), unix.EPERM}} {
		replies, err := Parse(answer(test.number))
		if err != nil || len(replies) != 1 || !errors.Is(replies[0].Err, test.expected) {
			t.Errorf("%d: %+v, %v", test.number, replies, err)
		}
	}
	short := answer(0)
	if _, err := Parse(short[:18]); err == nil {
		t.Error("a message that was cut off was accepted")
	}
}
