/*
 * The life of one fault, from the request to inject it until it is proven gone, with everything that can go wrong in between.
 * README.md says what is modelled, what is not, and how to run it.
 *
 * What carries the fault is one of: -DAGENT, -DNODE_POD, -DOBJECT, -DDELETION. By other -D a rule of the code is left out, to see
 * what it is there for.
 */

/* A tick of the clock comes at any time; before the first one the fault has time left, so the instants of it are one. */
#define DEADLINE 1
#define GRACE    1
/* nothing is of interest later: by then what can end by itself has, or never will */
#if defined(AGENT) || defined(NODE_POD)
#define LAST     3
#else
#define LAST     2
#endif
/* what comes from outside comes before that, or not at all */
#define IN_TIME  (now < LAST)
/* attempts to inject, those of the observation that puts a lost fault back among them */
#define ATTEMPTS 2

mtype = { none, pending, done, failed };

byte now;
/* how far each attempt to inject is, as its worker would tell; nobody may be there to be told */
mtype result[ATTEMPTS] = none;
/* inject was asked for */
bool asked;
/* the workflow is not there any more: terminated, or Temporal is lost for good */
bool lost;
/* it has ended by itself */
bool ended;
/* and has read back that the fault is gone */
bool proven;
/* crashes of who undoes: a worker, the janitor */
byte crashes;

#define RUN_OVER (lost || ended)
/* between any two steps of the undo, its worker may die */
#define CRASHES  1
#define CRASH    if :: crashes < CRASHES -> crashes++; goto undo :: true fi

#if defined(AGENT) || defined(NODE_POD)
#include "agent.pml"
#elif defined(OBJECT)
#include "object.pml"
#elif defined(DELETION)
#include "deletion.pml"
#endif

/*
 * An attempt to inject: an activity's worker, and the request it has sent. When the workflow gives it up, for want of a
 * heartbeat, it goes on all the same, or is on its way still: each of its steps may come at any time, or never.
 */
proctype Inject(byte me)
{
	inject_steps(me)
}

active proctype Workflow()
{
	byte tries = 0;
	bool doubt = false;
	bool ok = false;
	WORKFLOW_LOCALS
	{
		do
		:: tries < ATTEMPTS ->
			atomic { asked = true; result[tries] = pending; run Inject(tries) }
			if
			:: result[tries] == done -> tries++; break
			:: result[tries] == failed -> tries++
			:: true -> doubt = true; tries++ /* given up: it was heard of for too long no more */
			fi
		:: else -> break
		od;

#ifdef UNDO_BOUND_AFTER_INJECT
		/* as in a saga whose compensation is entered once the step has answered */
		if
		:: result[tries - 1] != done -> ended = true; goto over
		:: else
		fi;
#endif

		/* the fault holds, until its planned end, a cancellation, or a stop condition */
		do
		:: tries < ATTEMPTS && !IN_EFFECT -> /* read back as lost: the observation puts it back */
			atomic { result[tries] = pending; run Inject(tries) };
			if
			:: result[tries] == done || result[tries] == failed
			:: true -> doubt = true
			fi;
			tries++
		:: true -> break
		od;

undo:		do
		:: revert_steps();
			CRASH;
			confirm_steps(ok);
			CRASH;
			if
			:: ok -> break
			:: else
			fi
		od;

#ifndef NO_SECOND_LOOK
		/* An attempt was given up, and what became of it is not known: past the deadline it is looked at once more. */
		if
		:: doubt -> now >= DEADLINE + GRACE; doubt = false; goto undo
		:: else
		fi;
#endif
		atomic { proven = true; ended = true };
over:		skip
	} unless { lost }
}

/* A termination, or the loss of Temporal for good, at any instant. */
#ifndef LIVES
active proctype Loss()
{
end:	!ended -> lost = true
}
#endif

active proctype Clock()
{
end:	do
	:: atomic { now < LAST && TIMELY -> now++ }
	od
}

/* What holds at every instant, and what holds when nothing can happen any more. Spin tells the number of what is violated. */
#ifndef LIVES
#define VIOLATED(number) assert(number == 0)

active proctype Invariants()
{
end:	do
	/* 1: every inject is followed by a proof that the fault is gone */
	:: atomic { ended && asked && !proven -> VIOLATED(1) }
	/* 2: what was proven gone does not come back */
	:: atomic { proven && IN_EFFECT -> VIOLATED(2) }
	/* 3: at deadline plus grace, no fault, whoever is alive: for what ends by itself */
	:: atomic { now > DEADLINE + GRACE && HELD_TOO_LONG -> VIOLATED(3) }
	/* 4: the undo undoes nobody else's change */
	:: atomic { !UNHARMED -> VIOLATED(4) }
	/* 5: at the end of everything, no fault and nothing of squall's: for what the janitor ends */
	:: atomic { timeout && (IN_EFFECT || !CLEAN) -> VIOLATED(5) }
	od
}
#else
ltl workflow_ends { <> ended }
#endif
