package main

import (
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A qdisc lives on by itself; so nothing is sent through one but by a rule in a table that dies with the agent. The
// root has classes: packets go past all of them, but for those whose class the rule has set, where the fault's own
// qdisc is. The root is a prio, whose priority map knows the first three bands only, as the default qdisc has them; where
// the kernel has none, an htb, whose unclassified packets go straight through.
const (
	rootMajor  = 0x5ca1
	faultClass = 4
	// classRate is that of an htb's class, in bits a second: as good as none.
	classRate = 32_000_000_000
)

var classHandle = netlink.MakeHandle(rootMajor, faultClass)

// faultMajor is the handle of a fault's qdisc, by which one left behind is told from others.
func faultMajor(id string) uint16 {
	hash := fnv.New32a()
	hash.Write([]byte(id))
	return 0x4000 + uint16(hash.Sum32()%0x1000)
}

// faultAttributes are those of a fault's qdisc.
func faultAttributes(index int, id string) netlink.QdiscAttrs {
	return netlink.QdiscAttrs{LinkIndex: index, Handle: netlink.MakeHandle(faultMajor(id), 0), Parent: classHandle}
}

// clearRoot makes sure that the root qdisc is the kernel's default, which comes back when ours is deleted.
// One of squall's that nobody claims any more does nothing, and is removed.
func clearRoot(link netlink.Link) error {
	root, err := rootQdisc(link)
	if err != nil || root == nil || root.Attrs().Handle == 0 {
		return err
	}
	if ownRoot(root) {
		return deleteRoot(link)
	}
	return fmt.Errorf("interface %s has a root qdisc of its own, %s %s, which would be replaced",
		link.Attrs().Name, root.Type(), netlink.HandleStr(root.Attrs().Handle))
}

func ownRoot(root netlink.Qdisc) bool {
	return root != nil && root.Attrs().Handle == netlink.MakeHandle(rootMajor, 0)
}

func rootQdisc(link netlink.Link) (netlink.Qdisc, error) {
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return nil, fmt.Errorf("list the qdiscs of %s: %w", link.Attrs().Name, err)
	}
	for _, qdisc := range qdiscs {
		if qdisc.Attrs().Parent == netlink.HANDLE_ROOT {
			return qdisc, nil
		}
	}
	return nil, nil
}

// addQdiscs puts a root with classes in place, and a fault's qdisc into its class.
func addQdiscs(link netlink.Link, own netlink.Qdisc) error {
	if err := addRoot(link.Attrs().Index); err != nil {
		return err
	}
	if err := addQdisc(own); err != nil {
		return errors.Join(err, deleteRoot(link))
	}
	return nil
}

func addRoot(index int) error {
	attributes := netlink.QdiscAttrs{LinkIndex: index, Handle: netlink.MakeHandle(rootMajor, 0), Parent: netlink.HANDLE_ROOT}
	prio := netlink.NewPrio(attributes)
	prio.Bands = faultClass
	err := addQdisc(prio)
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	if htbErr := addQdisc(netlink.NewHtb(attributes)); htbErr != nil {
		return errors.Join(err, htbErr)
	}
	class := netlink.NewHtbClass(
		netlink.ClassAttrs{LinkIndex: index, Handle: classHandle, Parent: netlink.MakeHandle(rootMajor, 0)},
		netlink.HtbClassAttrs{Rate: classRate, Ceil: classRate, Quantum: 100_000},
	)
	if err := netlink.ClassAdd(class); err != nil {
		return fmt.Errorf("add a class to qdisc htb: %w", err)
	}
	return nil
}

func addQdisc(qdisc netlink.Qdisc) error {
	err := netlink.QdiscAdd(qdisc)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("this kernel has no qdisc %s (%w)", qdisc.Type(), err)
	}
	if err != nil {
		return fmt.Errorf("add qdisc %s: %w", qdisc.Type(), err)
	}
	return nil
}

// deleteRoot removes squall's qdiscs; the kernel puts its default back.
func deleteRoot(link netlink.Link) error {
	root, err := rootQdisc(link)
	if err != nil || !ownRoot(root) {
		return err
	}
	if err := netlink.QdiscDel(root); err != nil {
		return fmt.Errorf("delete the root qdisc of %s: %w", link.Attrs().Name, err)
	}
	return nil
}

// findQdisc reads a fault's qdisc back; an error says what is not as it should be.
func findQdisc[Q netlink.Qdisc](link netlink.Link, id string) (Q, error) {
	var none Q
	device := link.Attrs().Name
	root, err := rootQdisc(link)
	if err != nil {
		return none, err
	}
	if !ownRoot(root) {
		return none, fmt.Errorf("the root qdisc of %s is not squall's", device)
	}
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return none, err
	}
	wanted := faultAttributes(link.Attrs().Index, id)
	for _, qdisc := range qdiscs {
		if found, ok := qdisc.(Q); ok && found.Attrs().Parent == wanted.Parent && found.Attrs().Handle == wanted.Handle {
			return found, nil
		}
	}
	return none, fmt.Errorf("%s has no qdisc of fault %s", device, id)
}
