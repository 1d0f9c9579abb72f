/*
 * A field of an object is the fault. What undoes it, and until when it is meant to hold, are written on the object in the same
 * write. Each write is for the version that was read. Nobody acts on the deadline but the janitor.
 */

mtype = { original, ours, theirs };

/* the object's resourceVersion */
byte version;
mtype value = original;
/* its annotations: it bears the fault, with what was there before; the fault was undone on it */
bool owned, marked;
mtype restore;
/* what has to stand there without the fault: somebody may change it, once, at any instant */
mtype expected = original;

#define IN_EFFECT     owned
#define HELD_TOO_LONG false
#define UNHARMED      (owned || value == expected)
#define CLEAN         (value == expected)
#define TIMELY        true
#define WORKFLOW_LOCALS byte read_version; bool was_owned, was_marked;

#ifdef NO_VERSION
#define AS_READ true
#else
#define AS_READ (version == read_version)
#endif

active proctype Somebody()
{
end:	atomic { IN_TIME -> value = theirs; expected = theirs; version++ }
}

inline inject_steps(me)
{
	byte read_version; mtype was;
again:	atomic {
		read_version = version; was = value;
		if
		:: owned -> result[me] = done; goto over
#ifndef NO_MARK
		:: !owned && marked -> result[me] = failed; goto over
#endif
		:: else
		fi
	};
	if
	:: now < DEADLINE
	:: else -> result[me] = failed; goto over
	fi;
	/* the write arrives */
	atomic {
		if
		:: AS_READ -> owned = true; restore = was; value = ours; version++; result[me] = done
		:: else -> goto again
		fi
	};
over:	skip
}

/* what else was set meanwhile is left */
inline put_back()
{
#ifdef RESTORES_ALWAYS
	value = restore;
#else
	if :: value == ours -> value = restore :: else fi;
#endif
	owned = false; version++
}

inline revert_steps()
{
	do
	:: atomic { read_version = version; was_owned = owned; was_marked = marked };
		atomic {
			if
			:: was_owned && AS_READ -> put_back(); marked = true; break
			:: !was_owned && was_marked -> break
#ifndef NO_MARK
			/* it does not bear the fault, or not yet */
			:: !was_owned && !was_marked && AS_READ -> marked = true; version++; break
#else
			:: !was_owned && !was_marked -> break
#endif
			:: else
			fi
		}
	od
}

inline confirm_steps(ok)
{
	ok = !owned
}

#ifndef NO_JANITOR
active proctype Janitor()
{
	byte read_version;
end:	do
	:: atomic { owned && (now >= DEADLINE || RUN_OVER) -> read_version = version };
		if
		:: crashes < CRASHES -> crashes++
		:: atomic { owned && AS_READ -> put_back(); marked = true }
		:: !(owned && AS_READ)
		fi
	od
}
#endif
