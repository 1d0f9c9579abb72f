package main

import (
	"slices"
	"sync"
	"time"
)

// fault is one that holds, in its own way.
type fault interface {
	// readBack asks the kernel; its evidence is a sentence for people.
	readBack() readBack
	// revert undoes it, and tells how it ended: for the reason given, unless it had ended by itself before.
	revert(reason string) (ending, error)
}

// aftermath is what some faults can still read back once they have ended, beside what is found by their id.
type aftermath interface{ aftermath() readBack }

type ending struct {
	reason   string
	counters map[string]float64
}

type readBack struct {
	inEffect bool
	evidence string
	counters map[string]float64
}

// record is what the ledger keeps of a fault, while it holds and after.
type record struct {
	id, kind, mechanism, device string
	startedAt, endsAt           time.Time

	mutex    sync.Mutex
	fault    fault     // nil once it has ended
	past     aftermath // of a fault that has ended, if it has one
	deadline *time.Timer
	endedAt  time.Time
	how      ending
	trouble  error // why it could not be reverted
	tell     func(*record)
}

// end reverts the fault, if it has not ended yet.
func (r *record) end(reason string) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.fault == nil {
		return nil
	}
	how, err := r.fault.revert(reason)
	if err != nil {
		r.trouble = err
		return err
	}
	r.finish(how)
	return nil
}

// finish notes the end; the mutex is held.
func (r *record) finish(how ending) {
	r.deadline.Stop()
	r.past, _ = r.fault.(aftermath)
	r.fault, r.trouble = nil, nil
	r.endedAt, r.how = time.Now(), how
	if r.tell != nil {
		go r.tell(r)
	}
}

func (r *record) active() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.fault != nil
}

const maxEnded = 1000

// ledger is every fault of this agent's life, the ended ones too, up to a number.
type ledger struct {
	mutex   sync.Mutex
	records map[string]*record
	order   []string
	// barred are ids that were stopped before they began, the oldest first: a start that comes late must not begin them.
	barred []string
	// ended is told of every record that ends
	ended func(*record)
}

func newLedger(ended func(*record)) *ledger {
	return &ledger{records: map[string]*record{}, ended: ended}
}

func (l *ledger) find(id string) *record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.records[id]
}

// bar gives the fault of this id; when there is none, none will be added any more.
func (l *ledger) bar(id string) *record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	known := l.records[id]
	if known == nil && !slices.Contains(l.barred, id) {
		l.barred = append(l.barred, id)
		if len(l.barred) > maxEnded {
			l.barred = l.barred[1:]
		}
	}
	return known
}

func (l *ledger) isBarred(id string) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return slices.Contains(l.barred, id)
}

// add enters a fault, unless its id was barred meanwhile.
func (l *ledger) add(r *record) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if slices.Contains(l.barred, r.id) {
		return false
	}
	r.mutex.Lock()
	r.tell = l.ended
	if r.fault == nil { // it was as short as that
		go r.tell(r)
	}
	r.mutex.Unlock()
	l.records[r.id] = r
	l.order = append(l.order, r.id)
	if len(l.order) > maxEnded && !l.records[l.order[0]].active() {
		delete(l.records, l.order[0])
		l.order = l.order[1:]
	}
	return true
}

func (l *ledger) all() []*record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	all := make([]*record, 0, len(l.order))
	for _, id := range l.order {
		all = append(all, l.records[id])
	}
	return all
}

func (l *ledger) active() []*record {
	var active []*record
	for _, r := range l.all() {
		if r.active() {
			active = append(active, r)
		}
	}
	return active
}
