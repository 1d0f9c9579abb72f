package main

import (
	"errors"
	"sync"

	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/traffic"
)

// lines are the queues in use: one for each interface and direction, which faults share so that they add up.
type lines struct {
	mutex sync.Mutex
	open  []*sharedLine
	// classes are those of the qdiscs of other faults, by the interface they leave by: what is sent past their rules
	// has to go there as well.
	classes map[string]*nfqueue.Class
}

type sharedLine struct {
	*nfqueue.Line
	device    string
	direction traffic.Direction
	users     int
}

// join gives the queue of an interface and direction; leave gives it back.
func (l *lines) join(device string, direction traffic.Direction) (*sharedLine, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, line := range l.open {
		// One that has failed, with its interface for example, is left to those who are in it.
		if _, err := line.State(); err == nil && line.device == device && line.direction == direction {
			line.users++
			return line, nil
		}
	}
	opened, err := nfqueue.Open(device, direction)
	if err != nil {
		return nil, err
	}
	line := &sharedLine{opened, device, direction, 1}
	if direction == traffic.Egress {
		line.Classify(l.classes[device])
	}
	l.open = append(l.open, line)
	return line, nil
}

// classify has copies of packets that leave by an interface go through a class of its qdisc; nil: no longer.
func (l *lines) classify(device string, class *nfqueue.Class) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.classes == nil {
		l.classes = map[string]*nfqueue.Class{}
	}
	l.classes[device] = class
	for _, line := range l.open {
		if line.device == device && line.direction == traffic.Egress {
			line.Classify(class)
		}
	}
}

// leave closes the queue after its last user. Its packets are to have gone on.
func (l *lines) leave(line *sharedLine) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if line.users--; line.users > 0 {
		return nil
	}
	for i, other := range l.open {
		if other == line {
			l.open = append(l.open[:i:i], l.open[i+1:]...)
			break
		}
	}
	return errors.Join(line.Drain(letGoLimit), line.Close())
}
