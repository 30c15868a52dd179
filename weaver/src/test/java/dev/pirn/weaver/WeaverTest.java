package dev.pirn.weaver;

import static dev.pirn.weaver.EchoClasses.said;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.weaver.Weaver.Result;
import java.lang.classfile.Attribute;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.InnerClassesAttribute;
import java.lang.classfile.attribute.NestMembersAttribute;
import java.lang.classfile.attribute.RuntimeVisibleAnnotationsAttribute;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.reflect.AccessFlag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What becomes of classes, and what is said of those that are not as they should be. */
class WeaverTest {
    private final Map<String, byte[]> plain = EchoClasses.all();

    private Result weave(Collection<String> names) {
        return EchoClasses.weave(names, plain);
    }

    private List<String> names() {
        return EchoClasses.names(plain);
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertEquals(new TreeSet<>(expected.keySet()), new TreeSet<>(found.keySet()));
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    @Test
    void whatIsWovenBecomesTheSameInAnyOrderAndCompany() {
        Map<String, byte[]> all = weave(names()).classes();
        var backwards = new ArrayList<>(names());
        Collections.reverse(backwards);
        assertSame(all, weave(backwards).classes());
        assertSame(all, weave(names()).classes());
        var source = new HashMap<>(plain);
        var oneByOne = new HashMap<String, byte[]>();
        // Pipe and Task first: what they have not got, others cannot call.
        var order = List.of("p/Task", "p/Other", "p/Pipe", "p/Echo$1Local", "p/Echo", "p/Echo$Inner",
                "p/Both");
        for (String each : order) {
            Result result = EchoClasses.weave(List.of(each), source);
            assertEquals("", said(result));
            oneByOne.putAll(result.classes());
            source.putAll(result.classes());
        }
        assertSame(all, oneByOne);
    }

    @Test
    void whatIsWovenIsLeftAlone() {
        var source = new HashMap<>(plain);
        source.putAll(weave(names()).classes());
        Result again = EchoClasses.weave(EchoClasses.names(source), source);
        assertEquals("", said(again));
        assertEquals(Map.of(), again.classes());
    }

    @Test
    void aClassWithNothingToWeaveIsLeftAlone() {
        Map<String, byte[]> all = weave(names()).classes();
        assertTrue(!all.containsKey("p/Base") && !all.containsKey("p/Echo$Inner"), all.keySet()::toString);
    }

    @Test
    void aHostKeepsItsAttributesAndItsPlainMethods() {
        ClassModel before = ClassFile.of().parse(plain.get("p/Echo"));
        ClassModel after = ClassFile.of().parse(weave(names()).classes().get("p/Echo"));
        String interfaces = "Lp/Base;Lp/Task;";
        assertEquals(attributes(before).toString().replace(interfaces, interfaces + "Ldev/pirn/Woven;"),
                attributes(after).toString());
        assertEquals(8, attributes(before).size(), attributes(before)::toString);
        assertEquals(before.majorVersion(), after.majorVersion());
        for (var each : before.methods()) {
            var same = Marks.declared(after, each.methodName().stringValue(),
                    each.methodType().stringValue());
            assertEquals(each.flags().flagsMask(), same.flags().flagsMask());
            assertEquals(Marks.own(each), Marks.own(same));
        }
    }

    private static List<String> attributes(ClassModel model) {
        var texts = new TreeSet<String>();
        for (Attribute<?> each : model.attributes()) {
            switch (each) {
                case InnerClassesAttribute all -> all.classes().forEach(inner ->
                        texts.add("inner " + inner.innerClass().asInternalName() + inner.flagsMask()));
                case NestMembersAttribute all -> all.nestMembers().forEach(member ->
                        texts.add("member " + member.asInternalName()));
                case SignatureAttribute all -> texts.add("signature " + all.signature().stringValue());
                case SourceFileAttribute all -> texts.add("source " + all.sourceFile().stringValue());
                case RuntimeVisibleAnnotationsAttribute all -> texts.add("marks " + all.annotations());
                default -> { }
            }
        }
        return List.copyOf(texts);
    }

    @Test
    void generatedClassesAreHiddenFromCompilersAndTellTheirSource() {
        Map<String, byte[]> all = weave(names()).classes();
        int generated = 0;
        for (String each : all.keySet()) {
            if (!each.contains("$co$")) continue;
            generated++;
            ClassModel model = ClassFile.of().parse(all.get(each));
            assertTrue(each.startsWith("p/Echo$co$") || each.startsWith("p/Pipe$co$")
                    || each.startsWith("p/Echo$1Local$co$"), each);
            assertTrue(model.flags().has(AccessFlag.FINAL) && model.flags().has(AccessFlag.SYNTHETIC), each);
            assertTrue(!model.flags().has(AccessFlag.PUBLIC), each);
            assertEquals(each.startsWith("p/Pipe") ? "Pipe.java" : "Echo.java", Sources.simple(model), each);
        }
        assertEquals(8, generated, all.keySet()::toString);
    }

    @Test
    void aCoroutineFunctionOfAClassThatIsNotWoven() {
        plain.putAll(EchoClasses.with("p/Call.java",
                "package p; class Call { @dev.pirn.CoroutineFn void go(Pipe p) {\n p.write();\n"
                + " Pipe.read(); } }"));
        assertEquals("p/Call.java:2: warning: Call.go: calls Pipe.write, a coroutine function, but"
                + " p.Pipe is not woven, so that Backend.PURE cannot suspend it; weave that too",
                said(weave(List.of("p/Call"))));
    }

    @Test
    void aReferenceToAMethodOfAClassThatIsNotWoven() {
        plain.putAll(EchoClasses.with("p/Refer.java",
                "package p; class Refer {\n Task task() {\n return Pipe::read; } }"));
        assertEquals("p/Refer.java:3: warning: Refer: refers to Pipe.read, a coroutine function, but"
                + " p.Pipe is not woven, so that Backend.PURE cannot suspend it; weave that too",
                said(weave(List.of("p/Refer", "p/Task"))));
    }

    @Test
    void aLambdaOfAnInterfaceThatIsNotWoven() {
        plain.putAll(EchoClasses.with("p/Make.java",
                "package p; class Make {\n Task task() {\n return () -> { }; } }"));
        assertEquals("p/Make.java:3: warning: Make: makes a lambda of Task, a coroutine function, but"
                + " p.Task is not woven, so that Backend.PURE cannot suspend it; weave that too",
                said(weave(List.of("p/Make"))));
    }

    @Test
    void aClassThatIsCalledIsMissing() {
        plain.remove("p/Pipe");
        assertEquals("p/Echo.java:6: warning: Echo.run: calls Pipe.read, but the class p.Pipe is"
                + " missing, so that nobody knows whether that may suspend; add it to the class path",
                said(weave(List.of("p/Echo", "p/Echo$1Local", "p/Task"))));
    }

    @Test
    void aSuperclassIsMissing() {
        plain.remove("p/Base");
        assertEquals("p/Echo.java: warning: Echo: inherits from Base, but the class p.Base is missing,"
                + " so that nobody knows which of its methods may suspend; add it to the class path",
                said(weave(names())));
    }

    @Test
    void theInterfaceOfALambdaIsMissing() {
        plain.putAll(EchoClasses.with("p/Make.java",
                "package p; class Make {\n Task task() {\n return () -> { }; } }"));
        plain.remove("p/Task");
        assertEquals("p/Make.java:3: warning: Make: makes a lambda of Task, but the class p.Task is"
                + " missing, so that nobody knows whether that may suspend; add it to the class path",
                said(weave(List.of("p/Make"))));
    }

    @Test
    void aClassOfAModuleThatNobodyHereUses() {
        byte[] tree = ClassFiles.inJdk("com/sun/source/util/TreeScanner");
        assertEquals("com/sun/source/util/TreeScanner",
                ClassFile.of().parse(tree).thisClass().asInternalName());
        assertEquals(null, ClassFiles.inJdk("com/sun/source/util/NoSuchClass"));
        assertEquals(null, ClassFiles.inJdk("NoPackage"));
    }

    @Test
    void aClassThatIsNotThere() {
        var thrown = assertThrows(IllegalArgumentException.class, () -> weave(List.of("p/No")));
        assertEquals("no class p/No in its source", thrown.getMessage());
    }

    @Test
    void aFileThatIsNoClassFile() {
        plain.put("p/Echo", "no class".getBytes(StandardCharsets.UTF_8));
        assertEquals("p/Echo.class: error: no class file that can be read: Bad magic number; build it"
                + " again, or take it away", said(weave(names())));
    }

    @Test
    void aClassFileInTheWrongPlace() {
        plain.put("templates/Echo", plain.get("p/Echo"));
        Result result = weave(List.of("templates/Echo"));
        assertEquals("templates/Echo.class: info: is of a class of another name, and left alone: nobody"
                + " can load it from there", said(result));
        assertEquals(Map.of(), result.classes());
    }

    @Test
    void aFileThatIsNoClassFileIsCalled() {
        plain.put("p/Pipe", new byte[] {});
        Result result = weave(List.of("p/Echo", "p/Task"));
        assertTrue(said(result).startsWith("p/Pipe.class: error: no class file that can be read: "),
                said(result));
    }
}
