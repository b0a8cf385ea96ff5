// The contract between guest and host: every address, offset and number that both sides must agree on, stated once.
//
// Read by   the assembler (all guest and vDSO .S files, through the C preprocessor) and the C++ side, which is why it is #defines only.
// Models    one process with one thread: its memory map, the vvar page as Linux 5.10 .. 6.12 lays out vdso_data (include/vdso/datapage.h),
//           Go's span table in the small, and the observer page, on which guest code notes what it saw.
// Not here  offsets of g and m fields: they belong to a Go release, so each guest file states its own (`.equ m_vdsoSP, ...`) and the host
//           reads them from that file's symbol table.
//
// A guest file must define (lab/world/world.cc reads them; guest_asm/README.md says more)
//   lab.call_<function>      the entry of each function that it is run with: nanotime1, walltime1, time_now, native
//   runtime.sigtramp         where signals enter; it notes OBS_TRAMP_*, and the handler OBS_HANDLER_*, else the property `fired` breaks
// and may define. What is not there is not judged ("not applicable", by name), or not filled in by the host
//   vdso-used, abi           <any>.call, .call_<any>: a label on each instruction that calls the vDSO
//   recovers-g               <any>.fetched, OBS_FETCH*          g-in-register    the same and <any>.setg, OBS_SETG_*
//   slot-discipline          <any>.slot_store, .slot_clear      time-correct     OBS_RESULT_*, OBS_TIME*, and the entries:
//   which calls are open     runtime.nanotime1, runtime.walltime1, runtime.vdsoCall
//   traceback                the entries, m_vdsoPC, m_vdsoSP, OBS_PROF_*; <any>.vdsopc_store, .vdsosp_store, .sp_switch, .sp_restore,
//                            .vdsosp_restore, .vdsopc_restore
//   globals, a word or .size runtime.vdsoClockgettimeSym, runtime.vdsoLoadStart, runtime.vdsoLoadEnd, runtime.iscgo, runtime.extram
//   offsets, absolute        g_stack_lo, g_stack_hi, g_m, g_sched_sp, m_g0, m_gsignal, m_curg, m_vdsoSP, m_vdsoPC
//   native's interval        native.dirty_begin, native.dirty_end
#ifndef SIGLAB_GUEST_ASM_LAYOUT_H
#define SIGLAB_GUEST_ASM_LAYOUT_H

// ---- Memory map. Same on both ISAs, all below 4 GiB. Between any two areas lies unmapped memory, so that a stray access faults. ----

#define GUEST_TEXT          0x00010000  // r-x  the Go-like runtime
#define GUEST_TEXT_SIZE     0x4000
#define GUEST_DATA          0x00020000  // rw-  its globals
#define GUEST_DATA_SIZE     0x1000
#define CLIB_TEXT           0x00018000  // r-x  C code of the process that leaves handlers by siglongjmp (world longjmp)
#define CLIB_TEXT_SIZE      0x1000
#define MHEAP               0x00022000  // rw-  the span table and the spans (Go's mheap_)
#define MHEAP_SIZE          0x1000
#define CLIB_DATA           0x00024000  // rw-  its globals
#define CLIB_DATA_SIZE      0x1000

#define ARENA               0x00030000  // rw-  Go's heap arena: what spanOf knows
#define ARENA_PAGE_SHIFT    13          // Go's 8 KiB pages
#define ARENA_PAGES         32

#define GM                  0x00030000  // rw-  the g's and m's
#define GM_SIZE             0x2000
#define CURG                0x00030000  // the user goroutine
#define G0                  0x00030200  // the scheduler's g of M0
#define GSIGNAL             0x00030400  // the signal g of M0
#define OTHER_G             0x00030600  // a live g that runs on M1
#define OTHER_G0            0x00030800
#define OTHER_GSIGNAL       0x00030a00
#define EXTRA_G0            0x00030c00  // of the extra m that cgo keeps for needm
#define EXTRA_GSIGNAL       0x00030e00
#define M0                  0x00031000
#define M1                  0x00031400
#define EXTRA_M             0x00031800

#define CURG_STACK          0x00040000  // rw-
#define CURG_STACK_SIZE     0x2000
#define HEAP_STACK          0x00046000  // rw-  a signal stack that lies on Go's heap: in a span, but in none for a stack
#define HEAP_STACK_SIZE     0x8000
#define G0_STACK            0x00050000  // rw-
#define G0_STACK_SIZE       0x2000
#define NEIGHBOUR           0x0005e000  // rw-  somebody's memory right below the signal stack (world overflow; else nothing is there)
#define NEIGHBOUR_SIZE      0x2000
#define GSIGNAL_STACK       0x00060000  // rw-  32 KiB, a manual span of its own; its lowest word is the slot
#define GSIGNAL_STACK_SIZE  0x8000

#define FOREIGN_STACK       0x00080000  // rw-  a signal stack that is not Go's: no span covers it
#define FOREIGN_STACK_SIZE  0x8000
#define VDSO                0x000a0000  // r-x  the vDSO image's first byte; its vvar page is the page in front
#define VDSO_MAX_SIZE       0x10000
#define VVAR_SIZE           0x1000
#define SIGPAGE             0x000c0000  // r-x  arm: the kernel's sigreturn trampolines
#define SIGPAGE_SIZE        0x1000
#define SIGPAGE_THUMB       8           // where its Thumb trampoline begins; the ARM one is at 0
#define OBSERVER            0x000d0000  // rw-  see below
#define OBSERVER_SIZE       0x1000
#define TLS_BLOCK           0x000e0000  // rw-  what TPIDR_EL0 / TPIDRURO points to
#define TLS_SIZE            0x1000
#define TLS_G               16          // where cgo programs (and v7) keep g, from the thread pointer

// ---- Spans. MHEAP starts with ARENA_PAGES words: for each 8 KiB page of the arena the address of its span, or 0. ----

#define SPAN_BASE           0           // in words of the ISA: base, limit, state
#define SPAN_LIMIT          1
#define SPAN_STATE          2
#define SPAN_DEAD           0           // mSpanDead: freed
#define SPAN_IN_USE         1           // mSpanInUse
#define SPAN_MANUAL         2           // mSpanManual: a stack

// ---- vvar: Linux's vdso_data, CS_HRES_COARSE. The lab's clock has shift 0, so a base's nsec is in nanoseconds. ----

#define VVAR_SEQ            0           // u32; odd while the kernel writes
#define VVAR_CLOCK_MODE     4           // s32; 0: VDSO_CLOCKMODE_NONE, take the system call. 1: read the bases
#define VVAR_CYCLE_LAST     8           // u64
#define VVAR_MASK           16          // u64
#define VVAR_MULT           24          // u32
#define VVAR_SHIFT          28          // u32
#define VVAR_BASETIME       32          // [12] of {u64 sec, u64 nsec << shift}, by clock id
#define VVAR_BASE_SHIFT     4           // log2 of the size of one base

#define CLOCK_ID_REALTIME   0
#define CLOCK_ID_MONOTONIC  1

// ---- System calls of the lab itself, outside every Linux table. Number in x8 / r7, then svc #0. ----

#define HYPERCALL_DONE      0x5160      // the walk's end: the caller has what it wanted

// ---- The observer page: 8-byte cells (arm stores the low word). Guest code only ever writes here; nothing in the guest reads a value
// back but the counters it increments, so what is noted cannot change what happens. ----

#define OBS_TRAMP_COUNT     0x00        // sigtramp entered
#define OBS_TRAMP_PC        0x08        //   the interrupted PC, as the frame has it
#define OBS_TRAMP_SIGNO     0x10
#define OBS_FETCH_COUNT     0x18        // sigtrampgo knows which g it goes on with
#define OBS_FETCHED_G       0x20        //   that g; 0 is nil
#define OBS_SETG_COUNT      0x28        // sigtrampgo is about to setg(gsignal)
#define OBS_SETG_REG        0x30        //   the g register at that moment
#define OBS_HANDLER_COUNT   0x38        // sighandler entered
#define OBS_HANDLER_PC      0x40        //   the interrupted PC, as the frame has it
#define OBS_PROF_COUNT      0x48        // sigprof has read vdsoPC and vdsoSP
#define OBS_PROF_PC         0x50
#define OBS_PROF_SP         0x58
#define OBS_TIME_COUNT      0x60        // sigprof's own nanotime came back
#define OBS_TIME            0x68        //   its value, 64 bits on both ISAs
#define OBS_NOG_SAMPLES     0x70        // sigprofNonGoPC: a sample without a g
#define OBS_BADSIGNAL       0x78        // badsignal entered
#define OBS_QUIET           0x80        // SIGURG with nil g: returned quietly
#define OBS_RESULT_COUNT    0x88        // the caller has a result (written after the fields below)
#define OBS_RESULT_NS       0x90        //   nanotime1's value, 64 bits on both ISAs
#define OBS_RESULT_SEC      0x98        //   walltime1's seconds, 64 bits on both ISAs
#define OBS_RESULT_NSEC     0xa0        //   walltime1's nanoseconds
#define OBS_SIZE            0xa8

#endif  // SIGLAB_GUEST_ASM_LAYOUT_H
