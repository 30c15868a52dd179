package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** The code of a method as numbered elements, and how control goes from one to another. */
final class Body {
    /** A try range and its handler, by numbers of elements. */
    record Range(ExceptionCatch element, int start, int end, int handler) {
        boolean covers(int index) {
            return start <= index && index < end;
        }
    }

    final MethodModel method;
    final List<CodeElement> elements;
    final List<Range> ranges = new ArrayList<>();
    final int maxLocals;
    final Map<Label, StackMapFrameInfo> frames = new HashMap<>();

    private final Map<Label, Integer> positions = new HashMap<>();
    private final int[][] handlers; // Of each element; shared by neighbours.
    private final int[] lines;
    private final int[] lineStarts; // Where the line of each element begins.

    Body(MethodModel method) {
        this.method = method;
        CodeModel code = method.code().orElseThrow();
        elements = code.elementList();
        maxLocals = ((CodeAttribute) code).maxLocals();
        lines = new int[elements.size()];
        lineStarts = new int[elements.size()];
        int line = 0;
        int start = 0;
        for (int i = 0; i < elements.size(); i++) {
            switch (elements.get(i)) {
                case LabelTarget target -> positions.put(target.label(), i);
                case LineNumber number -> {
                    line = number.line();
                    start = i;
                }
                default -> { }
            }
            lines[i] = line;
            lineStarts[i] = start;
        }
        for (CodeElement each : elements) {
            if (!(each instanceof ExceptionCatch c)) continue;
            ranges.add(new Range(c, position(c.tryStart()), position(c.tryEnd()), position(c.handler())));
        }
        code.findAttribute(Attributes.stackMapTable()).ifPresent(table ->
                table.entries().forEach(frame -> frames.put(frame.target(), frame)));
        handlers = handlers();
    }

    private int[][] handlers() {
        var borders = new BitSet();
        for (Range each : ranges) {
            borders.set(each.start);
            borders.set(each.end);
        }
        var at = new int[elements.size()][];
        int[] active = {};
        for (int i = 0; i < at.length; i++) {
            if (borders.get(i)) {
                active = covering(i);
            }
            at[i] = active;
        }
        return at;
    }

    private int[] covering(int index) {
        return ranges.stream().filter(each -> each.covers(index))
                .mapToInt(Range::handler).distinct().toArray();
    }

    int size() {
        return elements.size();
    }

    CodeElement get(int index) {
        return elements.get(index);
    }

    int position(Label label) {
        return positions.getOrDefault(label, elements.size());
    }

    /** The line of the source that the element belongs to, or 0. */
    int line(int index) {
        return lines[index];
    }

    /** Whether the instruction is the first of an entry of the table of lines. */
    boolean beginsLine(int index) {
        return instructionFrom(lineStarts[index]) == index;
    }

    /** The first instruction at or behind {@code index}, or the size. */
    int instructionFrom(int index) {
        int at = index;
        while (at < elements.size() && !(elements.get(at) instanceof Instruction)) at++;
        return at;
    }

    /**
     * The handlers of the element that can be reached: the first that catches everything hides those after
     * it.
     */
    List<Integer> reachedHandlersAt(int index) {
        var reached = new ArrayList<Integer>();
        for (Range each : ranges) {
            if (!each.covers(index)) continue;
            reached.add(each.handler);
            if (each.element.catchType().isEmpty()) break;
        }
        return reached;
    }

    /** The handlers of the ranges that cover the element: all, as the verifier sees it. */
    int[] handlersAt(int index) {
        return handlers[index];
    }

    /** Whether control may go on with the element behind it. */
    boolean fallsThrough(int index) {
        return switch (elements.get(index)) {
            case BranchInstruction branch ->
                    branch.opcode() != Opcode.GOTO && branch.opcode() != Opcode.GOTO_W;
            case TableSwitchInstruction _, LookupSwitchInstruction _ -> false;
            case ReturnInstruction _, ThrowInstruction _ -> false;
            default -> true;
        };
    }

    /** Where control may jump to, but by an exception. */
    void jumps(int index, IntConsumer to) {
        switch (elements.get(index)) {
            case BranchInstruction branch -> to.accept(position(branch.target()));
            case TableSwitchInstruction table -> {
                to.accept(position(table.defaultTarget()));
                table.cases().forEach(each -> to.accept(position(each.target())));
            }
            case LookupSwitchInstruction lookup -> {
                to.accept(position(lookup.defaultTarget()));
                lookup.cases().forEach(each -> to.accept(position(each.target())));
            }
            default -> { }
        }
    }

    /** All that may come after the element, handlers included. */
    void successors(int index, IntConsumer to) {
        jumps(index, to);
        if (fallsThrough(index) && index + 1 < elements.size()) to.accept(index + 1);
        if (elements.get(index) instanceof Instruction) {
            for (int handler : handlers[index]) to.accept(handler);
        }
    }
}
