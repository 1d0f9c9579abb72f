package nfqueue

import (
	"container/heap"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestTakeGivesWhatIsDueInOrder(t *testing.T) {
	zero := time.Now()
	at := func(ms int) time.Time { return zero.Add(time.Duration(ms) * time.Millisecond) }
	fill := func() *held {
		h := &held{}
		for i, ms := range []int{30, 10, 20, 10, 40} {
			heap.Push(h, packet{due: at(ms), order: uint64(i), id: uint32(100 + i)})
		}
		return h
	}
	for _, test := range []struct {
		name     string
		now      int
		most     int
		expected []uint32
	}{
		{"nothing yet", 9, 9, nil},
		{"the same time, in order of arrival", 10, 9, []uint32{101, 103}},
		{"all but the last", 39, 9, []uint32{101, 103, 102, 100}},
		{"no more than asked for", 99, 3, []uint32{101, 103, 102}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := fill()
			var ids []uint32
			for _, p := range h.take(at(test.now), test.most) {
				ids = append(ids, p.id)
			}
			if !reflect.DeepEqual(ids, test.expected) || h.Len() != 5-len(ids) {
				t.Errorf("took %v, left %d, expected %v", ids, h.Len(), test.expected)
			}
		})
	}
}

func TestParsePacket(t *testing.T) {
	header := []byte{11, 0, 1, 0, 0, 0, 1, 2, 8, 0, 3, 0}
	other := []byte{6, 0, 9, 0, 1, 1, 0, 0}
	payload := []byte{7, 0, 10, 0, 'a', 'b', 'c', 0}
	whole := []byte{8, 0, 13, 0, 0, 0, 9, 9}
	for _, test := range []struct {
		name       string
		attributes []byte
		id         uint32
		payload    string
		ok         bool
	}{
		{"with a payload", slices.Concat(header, payload), 258, "abc", true},
		{"payload cut off", slices.Concat(header, whole, payload), 258, "", true},
		{"after another", slices.Concat(other, header), 258, "", true},
		{"missing", other, 0, "", false},
		{"cut off", header[:9], 0, "", false},
		{"length of nothing", []byte{0, 0, 1, 0}, 0, "", false},
		{"empty", nil, 0, "", false},
	} {
		id, got, ok := parsePacket(test.attributes)
		if id != test.id || string(got) != test.payload || ok != test.ok {
			t.Errorf("%s: found %d, %q, %v", test.name, id, got, ok)
		}
	}
}

func TestParseStates(t *testing.T) {
	states, err := parseStates("    7  26057     3 1     0     2     5       12  1\n21000 4294967295 0 1 0 0 0 0 1\n")
	expected := []State{{Number: 7, Port: 26057, Waiting: 3, Dropped: 7}, {Number: 21000, Port: 4294967295}}
	if err != nil || !reflect.DeepEqual(states, expected) {
		t.Errorf("found %+v, %v", states, err)
	}
	if _, err := parseStates("garbage\n"); err == nil {
		t.Error("garbage was accepted")
	}
}
