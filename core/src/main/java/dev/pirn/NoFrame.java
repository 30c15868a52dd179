package dev.pirn;

/**
 * Stands for the frames of a coroutine that was suspended below none: its entry is the yield itself, as in
 * {@code Coroutine.create(Coroutine::yield)}. One for all, for it keeps nothing.
 */
final class NoFrame extends WovenFrame {
    static final NoFrame ONLY = new NoFrame();

    private NoFrame() { }

    @Override
    public void resume(Coroutine co) throws Throwable {
        co.check();
    }

    @Override
    public StackTraceElement where() {
        return new StackTraceElement(Coroutine.class.getName(), "yield", "Coroutine.java", -1);
    }
}
