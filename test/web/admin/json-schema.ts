interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly items?: Schema;
}
interface Root {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Where a value differs from a schema: one line a fault. Knows the keywords that our OpenAPI document uses. */
export function schemaFaults(schema: Schema, value: unknown, root: Root, at = '$'): string[] {
  if (schema.$ref !== undefined) {
    const named = root.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    return named ? schemaFaults(named, value, root, at) : [`${at}: no schema ${schema.$ref}`];
  }
  if (schema.anyOf) {
    const tries = schema.anyOf.map((candidate) => schemaFaults(candidate, value, root, at));
    return tries.some((faults) => faults.length === 0) ? [] : [`${at}: fits none of anyOf`];
  }
  const types = [schema.type ?? []].flat();
  const type = typeOf(value);
  if (types.length > 0 && !types.includes(type)) return [`${at}: ${type}, not ${types.join(' or ')}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: not one of ${schema.enum.join(', ')}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => schemaFaults(schema.items ?? {}, item, root, `${at}[${index}]`));
  }
  return type === 'object' ? memberFaults(schema, value as Record<string, unknown>, root, at) : [];
}

function memberFaults(schema: Schema, value: Record<string, unknown>, root: Root, at: string): string[] {
  const { properties = {}, required = [], additionalProperties = {} } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: missing`);
  const members = Object.entries(value).flatMap(([name, member]) => {
    const known = properties[name] ?? additionalProperties;
    if (known === false) return [`${at}.${name}: not described`];
    return schemaFaults(known, member, root, `${at}.${name}`);
  });
  return [...missing, ...members];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
