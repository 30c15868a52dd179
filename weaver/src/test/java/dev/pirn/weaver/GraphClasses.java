package dev.pirn.weaver;

import dev.pirn.weaver.Graph.Does;
import dev.pirn.weaver.Graph.Fn;
import dev.pirn.weaver.Graph.Op;
import dev.pirn.weaver.Graph.Type;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DirectMethodHandleDesc.Kind;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A graph as class files: enough to be read, not to be run. */
final class GraphClasses {
    private static final ClassFile CLASS_FILE =
            ClassFile.of(ClassFile.StackMapsOption.DROP_STACK_MAPS);
    private static final MethodTypeDesc VOID = MethodTypeDesc.of(ConstantDescs.CD_void);
    private static final ClassDesc LAMBDAS = ClassDesc.of("java.lang.invoke.LambdaMetafactory");
    private static final DirectMethodHandleDesc BOOTSTRAP = ConstantDescs.ofCallsiteBootstrap(LAMBDAS,
            "metafactory", ConstantDescs.CD_CallSite, ConstantDescs.CD_MethodType,
            ConstantDescs.CD_MethodHandle, ConstantDescs.CD_MethodType);

    private GraphClasses() { }

    static Map<String, byte[]> of(Graph graph) {
        var classes = new HashMap<String, byte[]>();
        for (Type each : graph.types) {
            classes.put(each.name, CLASS_FILE.build(desc(each), builder -> write(each, builder)));
        }
        return classes;
    }

    private static ClassDesc desc(Type type) {
        return ClassDesc.ofInternalName(type.name);
    }

    private static void write(Type type, ClassBuilder builder) {
        int kind = type.isInterface ? ClassFile.ACC_INTERFACE | ClassFile.ACC_ABSTRACT : 0;
        builder.withFlags(ClassFile.ACC_PUBLIC | kind);
        builder.withSuperclass(type.above == null ? ConstantDescs.CD_Object : desc(type.above));
        builder.withInterfaceSymbols(type.interfaces.stream().map(GraphClasses::desc).toList());
        for (Fn fn : type.fns) {
            boolean fixed = !fn.name.startsWith("m") && !fn.name.equals("<init>");
            int flags = ClassFile.ACC_PUBLIC | (fixed ? ClassFile.ACC_STATIC : 0)
                    | (fn.isAbstract ? ClassFile.ACC_ABSTRACT : 0);
            builder.withMethod(fn.name, VOID, flags, method -> write(fn, method));
        }
    }

    private static void write(Fn fn, MethodBuilder method) {
        var marks = new ArrayList<Annotation>();
        switch (fn.mark) {
            case COROUTINE -> marks.add(Annotation.of(ClassDesc.of("dev.pirn.CoroutineFn")));
            case MIXED -> marks.add(Annotation.of(ClassDesc.of("dev.pirn.MixedFn")));
            case NO_COROUTINE -> marks.add(Annotation.of(ClassDesc.of("dev.pirn.NoCoroutineFn")));
            case NONE -> { }
        }
        if (fn.mayBlock) {
            var why = AnnotationElement.ofString("value", "");
            marks.add(Annotation.of(ClassDesc.of("dev.pirn.MayBlock"), why));
        }
        if (!marks.isEmpty()) method.with(RuntimeInvisibleAnnotationsAttribute.of(List.copyOf(marks)));
        if (fn.isAbstract) return;
        method.withCode(code -> {
            code.lineNumber(fn.line).nop();
            for (Op op : fn.ops) write(op, code.lineNumber(op.line()));
            code.return_();
        });
    }

    private static void write(Op op, CodeBuilder code) {
        switch (op.does()) {
            case SLEEP -> code.lconst_0().invokestatic(ClassDesc.of("java.lang.Thread"), "sleep",
                    MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long));
            case NEW -> code.aconst_null().invokespecial(desc(op.through()), "<init>", VOID);
            case CALL_SUPER -> code.aconst_null().invokespecial(desc(op.through()), op.name(), VOID);
            case CALL -> call(op, code);
            case LOCKED_CALL -> {
                code.aconst_null().monitorenter();
                call(op, code);
                code.aconst_null().monitorexit();
            }
            case LAMBDA, REFERENCE -> code.invokedynamic(DynamicCallSiteDesc.of(BOOTSTRAP, op.as().name,
                    MethodTypeDesc.of(desc(op.as().owner)), VOID, handle(op), VOID)).pop();
        }
    }

    private static void call(Op op, CodeBuilder code) {
        boolean isInterface = op.through().isInterface;
        if (op.name().startsWith("s")) code.invokestatic(desc(op.through()), op.name(), VOID, isInterface);
        else if (isInterface) code.aconst_null().invokeinterface(desc(op.through()), op.name(), VOID);
        else code.aconst_null().invokevirtual(desc(op.through()), op.name(), VOID);
    }

    private static DirectMethodHandleDesc handle(Op op) {
        boolean isInterface = op.through().isInterface;
        boolean fixed = op.does() == Does.LAMBDA || op.name().startsWith("s");
        Kind kind = fixed ? isInterface ? Kind.INTERFACE_STATIC : Kind.STATIC
                : isInterface ? Kind.INTERFACE_VIRTUAL : Kind.VIRTUAL;
        return MethodHandleDesc.ofMethod(kind, desc(op.through()), op.name(), VOID);
    }
}
