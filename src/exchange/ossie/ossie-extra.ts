import { gunzipSync, gzipSync } from 'node:zlib';
import { isObject, type JsonObject } from '../files/catalogue-entry';

/** Reports something that has no member in documents, or that is not kept at all. */
export type LoseMember = (name: string, detail: string) => void;

/** Bytes of JSON, somewhat less than `extra` may have (32 KiB): other sources have members there too. */
const MAX_BYTES = 31_000;
/** Larger members are compressed where they do not fit. */
const MIN_PACKED = 500;
/** Bytes: far more than compresses into `extra`, so that a hostile member costs little. */
const MAX_UNPACKED = 8_388_608;

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/**
 * Makes `extra.ossie` fit into a document. Large members that do not fit are kept compressed: gzip as base64, about a
 * seventh of the size. What does not fit even then is left out and reported: first the fields of datasets, then members
 * by size.
 */
export function packOssie(members: JsonObject, lose: LoseMember): JsonObject {
  if (sizeOf(members) <= MAX_BYTES) return members;
  // Sorted, so that equal members have equal compressed texts.
  const all = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  const large = new Map(all.filter(([, value]) => sizeOf(value) > MIN_PACKED));
  const small = Object.fromEntries(all.filter(([name]) => !large.has(name)));
  for (;;) {
    const packed = gzipSync(JSON.stringify(Object.fromEntries(large))).toString('base64');
    if (sizeOf({ ...small, packed }) <= MAX_BYTES || large.size === 0) return { ...small, packed };
    dropHalf(large, lose);
  }
}

/** Drops the largest members, at least half of all bytes, so that few texts have to be compressed. */
function dropHalf(members: Map<string, unknown>, lose: LoseMember): void {
  const bySize = [...members].map(([name, value]) => ({ name, size: sizeOf(value) })).sort((a, b) => b.size - a.size);
  const half = bySize.reduce((sum, { size }) => sum + size, 0) / 2;
  let dropped = 0;
  for (const { name, size } of bySize) {
    if (dropped >= half) return;
    const withoutFields = name === 'datasets' ? dropFields(members.get(name)) : undefined;
    lose(withoutFields ? 'datasets.fields' : name, 'It is too large for extra and is not kept.');
    if (withoutFields) members.set(name, withoutFields);
    else members.delete(name);
    dropped += size;
  }
}

/** @returns undefined where no dataset has fields */
function dropFields(datasets: unknown): unknown {
  if (!Array.isArray(datasets) || !datasets.some((one) => isObject(one) && 'fields' in one)) return undefined;
  return datasets.map((one: unknown) => {
    if (!isObject(one)) return one;
    const { fields: _, ...dataset } = one;
    return dataset;
  });
}

/** The members that a document has in `extra.ossie`, compressed ones included. */
export function ossieOf({ extra }: JsonObject): JsonObject {
  const ossie = isObject(extra) ? extra['ossie'] : undefined;
  if (!isObject(ossie)) return {};
  const { packed, ...members } = ossie;
  if (typeof packed !== 'string') return members;
  try {
    const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MAX_UNPACKED }).toString();
    const unpacked: unknown = JSON.parse(text);
    return isObject(unpacked) ? { ...members, ...unpacked } : members;
  } catch {
    // Written by someone else: it is no part of the model.
    return members;
  }
}
