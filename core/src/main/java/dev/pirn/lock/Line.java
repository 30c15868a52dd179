package dev.pirn.lock;

/** Cases that wait for one channel, first come first served; linked through themselves: any may leave. */
final class Line<T> {
    private Case<T> first;
    private Case<T> last;

    void add(Case<T> newest) {
        newest.listed = true;
        newest.before = last;
        if (last == null) first = newest; else last.after = newest;
        last = newest;
    }

    /** Takes out the first whose choice is still open, and claims it; null if there is none. */
    Case<T> claimFirst() {
        while (first != null) {
            Case<T> next = first;
            remove(next);
            if (next.choice.claim(next)) return next;
        }
        return null;
    }

    void remove(Case<T> one) {
        if (!one.listed) return;
        one.listed = false;
        if (one.before == null) first = one.after; else one.before.after = one.after;
        if (one.after == null) last = one.before; else one.after.before = one.before;
        one.before = null;
        one.after = null;
    }
}
