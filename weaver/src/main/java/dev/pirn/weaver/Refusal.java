package dev.pirn.weaver;

/** A method cannot be woven; the text names the rule and the cure. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    final int line;

    /** @param line where it cannot, or 0 if nothing tells */
    Refusal(int line, String text) {
        super(text, null, false, false);
        this.line = line;
    }
}
