package main

// load is what a stress process does.
type load interface {
	// begin returns once the load is felt, or with why it cannot be.
	begin() error
	// about says what is done, and where.
	about() string
	// measure asks the kernel.
	measure() measurement
	// broken gives the reason when the load ends by itself.
	broken() <-chan string
	// end leaves nothing of it behind; nil: there is nothing to say of what it came to.
	end() *measurement
}

// stressKind is a kind of load; a new one is a line in stressKinds.
type stressKind struct {
	// name on the command line, fault in the ledger
	name, fault, mechanism string
	// open finds out whether it can be done here; nothing is touched yet.
	open func(r registration) (load, error)
}

var stressKinds = []stressKind{
	{"cpu", kindCPUStress, "cpu-workers", openCPULoad},
	{"memory", kindMemoryStress, "memory-worker", openMemoryLoad},
	{"io", kindIOStress, "io-workers", openIOLoad},
	{"fill", kindDiskFill, "file-without-a-name", openFillLoad},
}

const (
	kindMemoryStress = "memory-stress"
	kindIOStress     = "io-stress"
	kindDiskFill     = "disk-fill"
	// reasonOOM: the kernel killed it, for the memory of its cgroup was used up.
	reasonOOM = "oom-killed"
)

func stressKindNames() []string {
	names := []string{}
	for _, k := range stressKinds {
		names = append(names, k.name)
	}
	return names
}

// stressKind is of a registration that was checked.
func (r registration) stressKind() stressKind {
	for _, k := range stressKinds {
		if k.name == r.Kind {
			return k
		}
	}
	panic("a kind that was not checked: " + r.Kind)
}

func (r registration) load() (load, error) { return r.stressKind().open(r) }

func orElse[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}
