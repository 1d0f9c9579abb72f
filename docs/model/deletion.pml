/*
 * An object is deleted, after what it was is kept in another one. It is created anew from that. The janitor undoes what is
 * still kept past the deadline, or when the run is over.
 */

mtype = { as_made, as_changed };

/* the object: whether it is there, whether it is the incarnation that was meant, its resourceVersion and content */
bool there = true;
bool meant = true;
byte version;
mtype content = as_made;
/* the fault was undone on it */
bool marked;
/* what is kept, and of which version */
bool kept;
byte kept_version;
mtype kept_content;
/* somebody may change it, once, at any instant it is there */
mtype expected = as_made;

#define IN_EFFECT     (!there)
#define HELD_TOO_LONG false
#define UNHARMED      (!there || content == expected)
#define CLEAN         (there && !kept)
#define TIMELY        true
#define WORKFLOW_LOCALS byte read_version; bool was_there, was_marked;

#ifdef NO_VERSION
#define AS_READ true
#else
#define AS_READ (version == read_version)
#endif

active proctype Somebody()
{
end:	atomic { IN_TIME && there -> content = as_changed; expected = as_changed; version++ }
}

inline inject_steps(me)
{
	byte read_version; mtype was;
again:	atomic {
		read_version = version; was = content;
		if
		:: !there -> result[me] = done; goto over
		:: there && !meant -> result[me] = failed; goto over
#ifndef NO_MARK
		:: there && meant && marked -> goto refused
#endif
		:: else
		fi
	};
	if
	:: now < DEADLINE
	:: else -> result[me] = failed; goto over
	fi;
	/* kept, unless a newer version is */
	atomic {
		if
#ifdef KEEPS_FIRST
		:: kept
#else
		:: kept && kept_version >= read_version
#endif
		:: else -> kept = true; kept_version = read_version; kept_content = was
		fi
	};
	/* the deletion arrives */
	atomic {
		if
		:: !there -> result[me] = done
		:: there && !meant -> result[me] = done /* gone is what was meant */
		:: there && meant && AS_READ -> there = false; result[me] = done
		:: else -> goto again
		fi
	};
	goto over;
refused:	/* nothing is deleted any more, so nothing needs to be kept */
	atomic { drop(); result[me] = failed };
over:	atomic { read_version = 0; was = 0 }
}

inline drop()
{
	kept = false; kept_version = 0; kept_content = 0
}

inline revert_steps()
{
#ifndef NO_MARK
	do
	:: atomic { read_version = version; was_there = there && meant; was_marked = marked };
		atomic {
			if
			:: !was_there || was_marked -> break
			:: was_there && !was_marked && there && meant && AS_READ -> marked = true; version++; break
			:: else
			fi
		}
	od;
#endif
	atomic {
		if :: kept && !there -> there = true; meant = false; content = kept_content; version++ :: else fi;
		read_version = 0; was_there = false; was_marked = false
	}
}

/* what is kept is let go of once the object is read back */
inline confirm_steps(ok)
{
	was_there = there;
	atomic {
		if :: !kept -> ok = true :: kept && was_there -> drop(); ok = true :: else -> ok = false fi;
		was_there = false
	}
}

#ifndef NO_JANITOR
active proctype Janitor()
{
	byte read_version;
	bool was_there;
end:	do
	:: atomic { kept && (now >= DEADLINE || RUN_OVER) -> read_version = version; was_there = there && meant && !marked };
#ifndef JANITOR_DOES_NOT_MARK
		if
		:: atomic { was_there && there && meant && AS_READ -> marked = true; version++ }
		:: atomic { was_there && !(there && meant && AS_READ) -> goto end }
		:: !was_there
		fi;
#endif
		atomic { if :: kept && !there -> there = true; meant = false; content = kept_content; version++ :: else fi };
		if
		:: crashes < CRASHES -> crashes++
		:: atomic { there -> drop() }
		:: !there
		fi;
		atomic { read_version = 0; was_there = false }
	od
}
#endif
