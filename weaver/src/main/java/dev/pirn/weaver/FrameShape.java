package dev.pirn.weaver;

import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which field of the frame keeps which local or operand. Values that are never kept at the same site share a
 * field, where that saves memory; a local keeps its field from site to site, so that it need not be written
 * again.
 */
final class FrameShape {
    /** A local by its slot, or an operand by its place from the bottom, of one type. */
    record Value(boolean operand, int index, Type type) { }

    /** A field of the frame. */
    static final class Field {
        final Type.Kind kind;
        final String name;
        private final BitSet sites = new BitSet();
        private final List<Value> values = new ArrayList<>();

        Field(Type.Kind kind, int number) {
            this.kind = kind;
            name = kind.name().toLowerCase(java.util.Locale.ROOT).charAt(0) + Integer.toString(number);
        }

        /** Exact if all its values have the same type: then nothing need be cast. */
        ClassDesc type() {
            ClassDesc first = values.getFirst().type.fieldType();
            for (Value each : values) {
                if (!each.type.fieldType().equals(first)) return ConstantDescs.CD_Object;
            }
            return first;
        }

        boolean isReference() {
            return kind == Type.Kind.REFERENCE;
        }

        /** Whether another site may have left something here that {@code site} has no use for. */
        boolean isStaleAt(Site site) {
            return isReference() && !sites.get(site.pc());
        }

        /** Whether nothing else is ever kept here. */
        boolean hasOneValue() {
            return values.size() == 1;
        }

        private void add(Value value, BitSet at) {
            values.add(value);
            sites.or(at);
        }
    }

    final List<Field> fields = new ArrayList<>();
    private final Map<Value, Field> ofValue = new LinkedHashMap<>();

    FrameShape(List<Site> sites) {
        var keptAt = new LinkedHashMap<Value, BitSet>();
        var most = new EnumMap<Type.Kind, Integer>(Type.Kind.class);
        for (Site site : sites) {
            var counts = new EnumMap<Type.Kind, Integer>(Type.Kind.class);
            for (Value each : values(site)) {
                keptAt.computeIfAbsent(each, _ -> new BitSet()).set(site.pc());
                counts.merge(each.type.kind(), 1, Integer::sum);
            }
            counts.forEach((kind, count) -> most.merge(kind, count, Math::max));
        }
        keptAt.forEach((value, at) -> {
            Field field = choose(value, at, most.get(value.type.kind()));
            field.add(value, at);
            ofValue.put(value, field);
        });
    }

    /** What a frame keeps while it is suspended at the site, operands first; nulls need not be kept. */
    static List<Value> values(Site site) {
        var values = new ArrayList<Value>();
        for (int i = 0; i < site.below().size(); i++) {
            values.add(new Value(true, i, site.below().get(i)));
        }
        site.live().forEach((slot, type) -> values.add(new Value(false, slot, type)));
        values.removeIf(each -> each.type.kind() == Type.Kind.NULL);
        return values;
    }

    /** Where the value is kept; null for nulls. */
    Field field(Value value) {
        return ofValue.get(value);
    }

    private Field choose(Value value, BitSet at, int most) {
        Field best = null;
        int count = 0;
        for (Field each : fields) {
            if (each.kind != value.type.kind()) continue;
            count++;
            if (each.sites.intersects(at)) continue;
            if (each.values.getFirst().type.equals(value.type)) return each;
            if (best == null) best = each;
        }
        if (best != null && count >= most) return best;
        var field = new Field(value.type.kind(), count);
        fields.add(field);
        return field;
    }
}
