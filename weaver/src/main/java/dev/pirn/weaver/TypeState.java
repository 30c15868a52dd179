package dev.pirn.weaver;

import java.lang.classfile.Opcode;
import java.util.ArrayList;
import java.util.List;

/** The types of the locals and the operand stack at one point of a method. */
final class TypeState {
    final Type[] locals; // By slot; null behind a wide one, and where nothing is known.
    final List<Type> stack; // The top is last.

    TypeState(int maxLocals) {
        this(new Type[maxLocals], new ArrayList<>());
    }

    private TypeState(Type[] locals, List<Type> stack) {
        this.locals = locals;
        this.stack = stack;
    }

    TypeState copy() {
        return new TypeState(locals.clone(), new ArrayList<>(stack));
    }

    void push(Type type) {
        if (type != null) stack.add(type);
    }

    Type pop() {
        return stack.removeLast();
    }

    void pop(int count) {
        for (int i = 0; i < count; i++) pop();
    }

    /** The operands below the topmost {@code count}. */
    List<Type> below(int count) {
        return List.copyOf(stack.subList(0, stack.size() - count));
    }

    void store(int slot, Type type) {
        if (slot > 0 && locals[slot - 1] != null && locals[slot - 1].isWide()) locals[slot - 1] = null;
        locals[slot] = type;
        if (type.isWide()) locals[slot + 1] = null;
    }

    /** The constructor call of {@code made} has returned. */
    void constructed(Type made, Type type) {
        stack.replaceAll(each -> each.equals(made) ? type : each);
        for (int i = 0; i < locals.length; i++) {
            if (made.equals(locals[i])) locals[i] = type;
        }
    }

    void shuffle(Opcode opcode) {
        switch (opcode) {
            case POP -> pop();
            case POP2 -> popWords(2);
            case DUP -> under(1, 0);
            case DUP_X1 -> under(1, 1);
            case DUP_X2 -> under(1, 2);
            case DUP2 -> under(2, 0);
            case DUP2_X1 -> under(2, 1);
            case DUP2_X2 -> under(2, 2);
            case SWAP -> {
                Type top = pop();
                stack.add(stack.size() - 1, top);
            }
            default -> throw new IllegalArgumentException("no stack instruction: " + opcode);
        }
    }

    /** Copies the topmost words and puts the copy below what lies under them. */
    private void under(int words, int skipped) {
        List<Type> copied = popWords(words);
        List<Type> between = popWords(skipped);
        stack.addAll(copied);
        stack.addAll(between);
        stack.addAll(copied);
    }

    private List<Type> popWords(int words) {
        var popped = new ArrayList<Type>(2);
        for (int left = words; left > 0; ) {
            Type each = pop();
            left -= each.slots();
            popped.addFirst(each);
        }
        return popped;
    }
}
