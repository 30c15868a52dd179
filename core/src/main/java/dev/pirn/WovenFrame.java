package dev.pirn;

/**
 * One suspended activation of a woven method. For code that the weaver makes; nobody else extends it.
 *
 * <p>A subclass for each woven method has fields for the locals and operands that are live at its yields.
 */
public abstract class WovenFrame {
    /** The activation that called this one; null for the outermost. */
    public WovenFrame parent;
    /** At which of the method's points it is suspended, from 1 on. */
    public int pc;

    /** For subclasses. */
    protected WovenFrame() { }

    /**
     * Goes on after the call in which it is suspended: with what {@link Shuttle#check} throws, or with the
     * result in {@link Shuttle#bits} or {@link Shuttle#value}. Returns when the method ends, with its result
     * in the same place, or when it is suspended again, with {@link Shuttle#suspended} set.
     */
    public abstract void resume(Coroutine co) throws Throwable;

    /** Where it is suspended: class, method and line of the source. */
    public abstract StackTraceElement where();
}
