/*
 * An agent holds the fault, until its own deadline and only as long as it lives; the kernel takes away what a dead one held.
 * AGENT: an ephemeral container of the target's pod, kept for further faults. NODE_POD: a pod of its own for each fault, found by
 * its name, and deleted by the undo. A new agent knows nothing of what another one held.
 */

/* the agent there is, if one lives, and how many there were before */
bool alive;
byte generation;
/* its ledger: the fault's id was used; the fault is held; a stop came before any start */
bool used, held, barred;
/* a start is being worked on, and what it is to hold until */
bool starting;
byte ends_at;
/* what is to be seen in the kernel */
bool effect;

#define IN_EFFECT     effect
#define HELD_TOO_LONG effect
#define UNHARMED      true
#define CLEAN         true
#define WORKFLOW_LOCALS byte at;

#ifdef NO_DEADLINE
#define TIMELY true
#else
/* Its timer is as good as the grace: what it has to end by now, it has ended. Putting a fault in place takes no longer either. */
#define TIMELY !((held || starting) && now >= ends_at + GRACE)

active proctype Timer()
{
end:	do
	:: atomic { held && now >= ends_at -> held = false; effect = false }
	od
}
#endif

inline new_agent()
{
	alive = true; generation++;
	used = false; held = false; barred = false; starting = false
}

inline agent_dies()
{
	alive = false; held = false; starting = false; effect = false
}

#ifndef AGENT_LIVES
/* SIGKILL, or the end of its container, once, at any instant */
active proctype Death()
{
end:	atomic { IN_TIME && alive -> agent_dies() }
}
#endif

#define REACHED (alive && generation == at)

inline inject_steps(me)
{
	byte at, ttl;
	/* the carrier there is, or a new one */
	atomic { if :: alive :: else -> new_agent() fi; at = generation };
	/* the time that is left is read; the request sets out */
	atomic {
		if
		:: now < DEADLINE -> ttl = DEADLINE - now
		:: else -> result[me] = failed; goto over
		fi
	};
	/* it arrives; one start is worked on after another */
	atomic {
		!REACHED || !starting;
		if
		:: !REACHED || (used && !held) -> result[me] = failed; goto over
		:: REACHED && held -> result[me] = done; goto over
#ifndef NO_BAR
		:: REACHED && !used && barred -> result[me] = failed; goto over
#endif
#ifndef RELATIVE_END
		:: REACHED && !used && now >= DEADLINE -> result[me] = failed; goto over
#endif
		:: else ->
			starting = true;
#ifdef RELATIVE_END
			ends_at = now + ttl
#else
			ends_at = DEADLINE
#endif
		fi
	};
	/* it is put in place */
	atomic { if :: REACHED -> effect = true :: else -> result[me] = failed; goto over fi };
	/* and entered into the ledger, unless it was stopped meanwhile */
	atomic {
		if
		:: !REACHED -> result[me] = failed
#ifndef NO_BAR
		:: REACHED && barred -> starting = false; effect = false; result[me] = failed
#endif
		:: else -> starting = false; used = true; held = true; result[me] = done
		fi
	};
over:	skip
}

#ifdef AGENT
inline revert_steps()
{
#ifdef WAITS_FOR_ITS_AGENT
	atomic { alive && used -> at = generation };
#else
	atomic { if :: alive :: else -> new_agent() fi; at = generation };
#endif
	/* the stop arrives */
	atomic {
		if
		:: REACHED && used -> held = false; effect = false
		:: REACHED && !used -> barred = true
		:: else
		fi
	};
#if !defined(NO_BAR) && !defined(STOP_DOES_NOT_WAIT)
	/* what is being put in place may be this very fault */
	(!REACHED || !starting)
#endif
}

inline confirm_steps(ok)
{
	ok = !effect
}
#endif

#ifdef NODE_POD
inline revert_steps()
{
	/* stopped by the control port, if it can be reached; then the pod is deleted */
	atomic { at = generation; held = false; if :: !starting -> effect = false :: else fi };
	atomic { if :: REACHED -> agent_dies() :: else fi }
}

inline confirm_steps(ok)
{
	/* the API has forgotten the pod: its processes have ended */
	ok = !alive
}
#endif
