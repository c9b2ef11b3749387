/* Fig. 4: a sequence counter per local system, remote system and group (structure 400), with every rule repaired.
 *
 * Written from the text of the patent (Fig. 5 to 11, 14, 15) and from the rules that repair it, not from the program:
 * a second opinion on which states there are. models/README.md says what a state is in both.
 *
 *   group 0, "database":  L1:1 -> R1:1 (stream 0),  L1:2 -> R2:1 (stream 1)
 *   group 1, "files":     L1:3 -> R1:2 (stream 2)
 *
 * Write 0 goes to stream 0, write 1 (issued after the completion of write 0) to stream 1, write 2 to stream 2. How many
 * of each thing there may be is set by -DWRITES=2 -DMARKERS=1 -DLOSSES=0 -DDUPLICATES=1 -DRESENDS=0.
 *
 * One step of the loop below is one d_step, so that the states that Spin stores are the values of the variables.
 */
#define STREAMS 3
#define SYSTEMS 2
#define GROUPS 2
#define NUMBERS (WRITES + MARKERS + 1)  /* numbers of a stream go from 1; place 0 stays empty */
#define LINE (2 * (WRITES + MARKERS) + 1)
#define AT(s, n) ((s) * NUMBERS + (n))
#define OF(r, g) ((r) * GROUPS + (g))

#define system_of(s) ((s) % 2)
#define group_of(s) ((s) / 2)

byte now;                            /* counts time stamps given: a stamp is a rank */
byte issued;                         /* writes issued; each is accepted and completed at once (504) */
byte markers = MARKERS;
byte losses = LOSSES;
byte duplicates = DUPLICATES;
byte resends = RESENDS;

/* The local system: 210 to 213. */
byte given[STREAMS];                 /* the last number given (601) */
byte what[STREAMS * NUMBERS];        /* what bears a number: 0 nothing, 1 a marker, 2 + w write w */
byte stamp[STREAMS * NUMBERS];       /* its key: the time stamp (503), then the number, which never decides */
bit outstanding[STREAMS * NUMBERS];  /* sent, and no completion came (700) */

/* The network. */
bit data[STREAMS * NUMBERS];         /* the packet is under way (602) */
bit done[STREAMS * NUMBERS];         /* its completion is under way (801) */
byte report[SYSTEMS * LINE];         /* reports of each system, in order (902): stamp * GROUPS + group */
byte reports[SYSTEMS];
byte limit[SYSTEMS * LINE];          /* limits for each system, in order (1001) */
byte limits[SYSTEMS];

/* The remote systems: 214, 116, 215. */
bit got[STREAMS * NUMBERS];          /* received, whether still in the cache or not */
byte end[STREAMS];                   /* the contiguous end (901, repaired): it outlives destaging */
byte reported[SYSTEMS * GROUPS];
byte stored[SYSTEMS * GROUPS];       /* the limit in force (904): it only rises */
byte landed[WRITES];                 /* 0 not yet, 1 being written, 2 on the unit */

/* The master: 117. */
byte known[SYSTEMS * GROUPS];        /* the latest that each slave reported; 0 nothing */
byte sent[GROUPS];

bit reversed;                        /* write 1 was destaged before write 0, which `destage-order` would remember */

hidden byte i;
hidden byte j;
hidden byte k;

/* Does system r hold pairs of group g? */
#define takes_part(r, g) (!((r) == 1 && (g) == 1))
/* The stamp of the contiguous end of stream s; 0 nothing. */
#define end_of(s) (stamp[AT(s, end[s])])

/* Step 503 and 601, 602: the next number of stream s goes to x, and is sent. */
inline number(s, x) {
  now++;
  given[s]++;
  what[AT(s, given[s])] = x;
  stamp[AT(s, given[s])] = now * NUMBERS + given[s];
  outstanding[AT(s, given[s])] = 1;
  data[AT(s, given[s])] = 1;
}

/* Steps 800 and 801, and 901 and 902 where the end of the run moves. A copy of what came before is completed again. */
inline receive(s, n) {
  got[AT(s, n)] = 1;
  done[AT(s, n)] = 1;
  j = end[s];
  do
  :: end[s] + 1 < NUMBERS && got[AT(s, end[s] + 1)] -> end[s]++
  :: else -> break
  od;
  /* One stream of a group per system: its end is the earliest. */
  if
  :: end[s] != j && end_of(s) != reported[OF(system_of(s), group_of(s))] ->
     reported[OF(system_of(s), group_of(s))] = end_of(s);
     report[system_of(s) * LINE + reports[system_of(s)]] = end_of(s) * GROUPS + group_of(s);
     reports[system_of(s)]++
  :: else
  fi;
  j = 0
}

/* Steps 1100 to 1103: system r, if its unit does nothing, takes the earliest write that a limit permits. */
inline destage(r) {
  j = 0; /* the stamp of the earliest */
  k = 0; /* 1 + its write; WRITES + 1 if something is being written */
  for (i : 0 .. STREAMS * NUMBERS - 1) {
    if
    :: got[i] && what[i] >= 2 && system_of(i / NUMBERS) == r ->
       if
       :: landed[what[i] - 2] == 1 -> k = WRITES + 1
       :: landed[what[i] - 2] == 0 && k != WRITES + 1 && stamp[i] <= stored[OF(r, group_of(i / NUMBERS))] &&
          (k == 0 || stamp[i] < j) -> j = stamp[i]; k = what[i] - 1
       :: else
       fi
    :: else
    fi
  }
  if
  :: k > 0 && k <= WRITES -> landed[k - 1] = 1
  :: else
  fi;
  i = 0; j = 0; k = 0
}

/* The first report of system r, or the first limit for it, has arrived: the others move up. */
inline take_report(r) {
  reports[r]--;
  for (i : 0 .. LINE - 2) {
    report[r * LINE + i] = report[r * LINE + i + 1];
  }
  report[r * LINE + LINE - 1] = 0;
  i = 0
}

inline take_limit(r) {
  limits[r]--;
  for (i : 0 .. LINE - 2) {
    limit[r * LINE + i] = limit[r * LINE + i + 1];
  }
  limit[r * LINE + LINE - 1] = 0;
  i = 0
}

/* Steps 1000 and 1001: the minimum over the slaves of the group, if it is a new one. */
inline master(r) {
  j = report[r * LINE] % GROUPS;
  known[OF(r, j)] = report[r * LINE] / GROUPS;
  take_report(r);
  k = known[OF(0, j)];
  if
  :: takes_part(1, j) && known[OF(1, j)] < k -> k = known[OF(1, j)]
  :: else
  fi;
  if
  :: k > 0 && k != sent[j] ->
     sent[j] = k;
     limit[limits[0]] = k * GROUPS + j;
     limits[0]++;
     if
     :: takes_part(1, j) -> limit[LINE + limits[1]] = k * GROUPS + j; limits[1]++
     :: else
     fi
  :: else
  fi;
  j = 0; k = 0
}

/* Step 904. */
inline store(r) {
  j = limit[r * LINE];
  take_limit(r);
  if
  :: j / GROUPS > stored[OF(r, j % GROUPS)] -> stored[OF(r, j % GROUPS)] = j / GROUPS; destage(r)
  :: else -> j = 0
  fi
}

inline land(r) {
  for (i : 0 .. STREAMS * NUMBERS - 1) {
    if
    :: what[i] >= 2 && system_of(i / NUMBERS) == r && landed[what[i] - 2] == 1 ->
       landed[what[i] - 2] = 2
    :: else
    fi
  }
#if WRITES > 1
  if
  :: landed[1] == 2 && landed[0] != 2 -> reversed = 1
  :: else
  fi;
#endif
  destage(r)
}

/* Step 700; then process 213 writes the block to the local unit, and it leaves the cache. */
inline completed(s, n) {
  done[AT(s, n)] = 0;
  outstanding[AT(s, n)] = 0
}

#if WRITES > 2
#define is_landing(r) (r == 0 && (landed[0] == 1 || landed[2] == 1) || r == 1 && landed[1] == 1)
#elif WRITES > 1
#define is_landing(r) (r == 0 && landed[0] == 1 || r == 1 && landed[1] == 1)
#else
#define is_landing(r) (r == 0 && landed[0] == 1)
#endif

/* R(t) after recovery: received, and at or below the highest limit of the group that is stored anywhere. */
#define highest(g) (stored[OF(0, g)] > stored[OF(1, g)] -> stored[OF(0, g)] : stored[OF(1, g)])
#define recovered(s, n) (got[AT(s, n)] && stamp[AT(s, n)] <= highest(group_of(s)))

/* After every step: write 1 stands in R(t) only with write 0; and what nobody will ask for any more is forgotten: which
 * marker bore a number and with which stamp. (Of a write `pair-order` remembers when it was accepted.) */
inline after() {
#if WRITES > 1
  j = (landed[0] == 2);
  k = (landed[1] == 2);
  for (i : 1 .. NUMBERS - 1) {
    if :: what[AT(0, i)] == 2 && recovered(0, i) -> j = 1 :: else fi;
    if :: what[AT(1, i)] == 3 && recovered(1, i) -> k = 1 :: else fi
  }
  assert(!k || j);
  assert(reversed <= 1); /* Spin leaves out of a state what is never read. */
#endif
  for (i : 0 .. STREAMS * NUMBERS - 1) {
    if
    :: what[i] == 0 || !got[i] || outstanding[i] || data[i] || i % NUMBERS >= end[i / NUMBERS] -> skip
    :: else ->
       if
       :: what[i] == 1 -> what[i] = 0; stamp[i] = 0
       :: else
       fi
    fi
  }
  i = 0; j = 0; k = 0
}

#define PACKET(s, n) \
  :: d_step { data[AT(s, n)] -> data[AT(s, n)] = 0; receive(s, n); after() } \
  :: d_step { data[AT(s, n)] && duplicates > 0 -> duplicates--; receive(s, n); after() } \
  :: d_step { data[AT(s, n)] && losses > 0 -> losses--; data[AT(s, n)] = 0; after() } \
  :: d_step { done[AT(s, n)] -> completed(s, n); after() } \
  :: d_step { done[AT(s, n)] && losses > 0 -> losses--; done[AT(s, n)] = 0 } \
  :: d_step { outstanding[AT(s, n)] && !data[AT(s, n)] && resends > 0 -> resends--; data[AT(s, n)] = 1 }

#if WRITES + MARKERS > 4
#error more numbers than the loop below has
#endif
#define STREAM(s) \
  PACKET(s, 1) \
  PACKET_2(s) \
  PACKET_3(s) \
  PACKET_4(s) \
  :: d_step { markers > 0 -> markers--; number(s, 1) }
#if WRITES + MARKERS > 1
#define PACKET_2(s) PACKET(s, 2)
#else
#define PACKET_2(s)
#endif
#if WRITES + MARKERS > 2
#define PACKET_3(s) PACKET(s, 3)
#else
#define PACKET_3(s)
#endif
#if WRITES + MARKERS > 3
#define PACKET_4(s) PACKET(s, 4)
#else
#define PACKET_4(s)
#endif

#define SYSTEM(r) \
  :: d_step { reports[r] > 0 -> master(r) } \
  :: d_step { limits[r] > 0 -> store(r); after() } \
  :: d_step { is_landing(r) -> land(r); after() }

active proctype scope() {
end_loop:
  do
  :: d_step { issued < WRITES -> k = issued; issued++; number(k, k + 2); k = 0 }
  STREAM(0)
  STREAM(1)
  STREAM(2)
  SYSTEM(0)
  SYSTEM(1)
  od
}
