package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.classfile.Annotation;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.SimpleVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.DiscontinuedInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Code that javac would not write, but other compilers and shrinkers do. */
class OddCodeTest {
    private static final ClassDesc CASE = ClassDesc.of("t.Case");
    private static final ClassDesc ODD = ClassDesc.of("t.Odd");
    private static final MethodTypeDesc INT_INT = MethodTypeDesc.ofDescriptor("(I)I");
    private static final MethodTypeDesc LONG_LONG = MethodTypeDesc.ofDescriptor("(J)J");
    private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");
    private static final MethodTypeDesc OF_INT = MethodTypeDesc.ofDescriptor("(I)V");

    private static byte[] build(ClassFile with, int version, MethodTypeDesc type,
            Consumer<CodeBuilder> code) {
        return with.build(ODD, (ClassBuilder to) -> to.withVersion(version, 0)
                .withMethod("odd", type, ClassFile.ACC_STATIC, method -> {
                    method.with(RuntimeInvisibleAnnotationsAttribute.of(
                            Annotation.of(ClassDesc.of("dev.pirn.CoroutineFn"))));
                    method.withCode(code::accept);
                }));
    }

    private static Program program(String call, byte[] odd) {
        // What Case is compiled against has the same shape as what was built.
        String stub = "package t; class Odd {"
                + " @dev.pirn.CoroutineFn static Object odd(int a, long b) { return null; } }";
        Program program = Program.ofSources(java.util.Map.of("Odd", stub, "Case", """
                package t;
                import dev.pirn.*;
                public class Case {
                    @CoroutineFn static int i(int v) { Coroutine.yield(); return v; }
                    @CoroutineFn static long l(long v) { Coroutine.yield(); return v; }
                    @CoroutineFn static Object run() { return %s; }
                }
                """.formatted(call)));
        var classes = new HashMap<>(program.plain);
        classes.put("t/Odd", odd);
        return Program.ofClasses(classes);
    }

    private static final MethodTypeDesc ODD_TYPE = MethodTypeDesc.ofDescriptor("(IJ)Ljava/lang/Object;");

    private static void same(ClassFile with, Consumer<CodeBuilder> code) {
        Program program = program("\"\" + Odd.odd(1, 2) + Odd.odd(0, 3)", build(with, 69, ODD_TYPE, code));
        String expected = program.runPlain();
        assertTrue(expected.contains("|"), expected);
        assertEquals(expected, program.runWoven());
    }

    private static void same(Consumer<CodeBuilder> code) {
        same(ClassFile.of(), code);
    }

    @Test
    void anObjectThatIsMadeWithoutACopy() {
        same(code -> code.new_(BUILDER).iload(0).invokestatic(CASE, "i", INT_INT)
                .invokespecial(BUILDER, "<init>", OF_INT)
                .new_(BUILDER).dup().iload(0).invokestatic(CASE, "i", INT_INT)
                .invokespecial(BUILDER, "<init>", OF_INT).areturn());
    }

    @Test
    void anObjectThatOneOfSeveralConstructorsCompletes() {
        same(code -> {
            Label other = code.newLabel();
            Label end = code.newLabel();
            code.new_(BUILDER).dup().iload(0).ifeq(other);
            code.iload(0).invokestatic(CASE, "i", INT_INT).invokespecial(BUILDER, "<init>",
                    OF_INT).goto_(end);
            code.labelBinding(other).loadConstant("other").lload(1).invokestatic(CASE, "l", LONG_LONG).pop2();
            code.invokespecial(BUILDER, "<init>", MethodTypeDesc.ofDescriptor("(Ljava/lang/String;)V"));
            code.labelBinding(end).iconst_5().invokestatic(CASE, "i", INT_INT).pop().areturn();
        });
    }

    @Test
    void allShufflesOfTheStackAroundSites() {
        same(code -> {
            code.lload(1).iload(0).dup_x2().pop();                                  // i l
            code.lload(1).dup2_x2();                                                // i l' l l'
            code.invokestatic(CASE, "l", LONG_LONG).ladd().ladd();                  // i l
            code.iload(0).iconst_2().dup2_x2();                                     // i a 2 l a 2
            code.invokestatic(CASE, "i", INT_INT).iadd().i2l().ladd();              // i a 2 l
            code.dup2_x2().pop2();                                                  // i l a 2
            code.iadd().dup().iconst_3().dup_x1().pop2().iadd().pop();              // i l
            code.iload(0).iconst_3().iconst_4().swap().dup2_x1();                   // i l 4 3 i 4 3
            code.invokestatic(CASE, "i", INT_INT).iadd().iadd().iadd().iadd().i2l().ladd();
            code.invokestatic(CASE, "l", LONG_LONG).dup2_x1();                      // l i l
            code.invokestatic(CASE, "l", LONG_LONG).pop2().i2l().ladd().l2i();
            code.invokestatic(ConstantDescs.CD_Integer, "valueOf",
                    MethodTypeDesc.of(ConstantDescs.CD_Integer, ConstantDescs.CD_int)).areturn();
        });
    }

    @Test
    void aWideLocalThatBeginsInTheLastArgumentsSlot() {
        same(code -> code.lload(1).lstore(2) // The argument lies in 1 and 2.
                .lload(2).invokestatic(CASE, "l", LONG_LONG).lload(2).ladd().l2i()
                .iload(0).iadd().istore(3).aconst_null().astore(2)
                .iconst_1().invokestatic(CASE, "i", INT_INT).iload(3).iadd()
                .invokestatic(ConstantDescs.CD_Integer, "valueOf",
                        MethodTypeDesc.of(ConstantDescs.CD_Integer, ConstantDescs.CD_int)).areturn());
    }

    @Test
    void codeThatIsNeverReached() {
        same(ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS), code -> {
            Label dead = code.newLabel();
            Label end = code.newLabel();
            code.iload(0).invokestatic(CASE, "i", INT_INT).istore(0).goto_(end);
            code.labelBinding(dead).iconst_1().iload(0).invokestatic(CASE, "i",
                    INT_INT).iadd().istore(0).goto_(dead);
            code.labelBinding(end).iload(0);
            code.invokestatic(ConstantDescs.CD_Integer, "valueOf",
                    MethodTypeDesc.of(ConstantDescs.CD_Integer, ConstantDescs.CD_int)).areturn();
            List<StackMapFrameInfo.VerificationTypeInfo> locals =
                    List.of(SimpleVerificationTypeInfo.INTEGER, SimpleVerificationTypeInfo.LONG);
            code.with(StackMapTableAttribute.of(List.of(StackMapFrameInfo.of(dead, locals, List.of()),
                    StackMapFrameInfo.of(end, locals, List.of()))));
        });
    }

    @Test
    void aSubroutineOfAnOldCompilerIsRefused() {
        byte[] odd = build(ClassFile.of(), 49, ODD_TYPE, code -> {
            Label sub = code.newLabel();
            code.with(DiscontinuedInstruction.JsrInstruction.of(sub)).aconst_null().areturn();
            code.labelBinding(sub).astore(3).iload(0).invokestatic(CASE, "i", INT_INT).pop();
            code.with(DiscontinuedInstruction.RetInstruction.of(3));
        });
        var messages = program("Odd.odd(1, 2)", odd).messages();
        assertEquals("[t/Odd.class: error: Odd.odd: is in a class file of version 49, which needs no "
                + "stack map; compile it for Java 7 (version 51) or later]", messages.toString());
    }
}
