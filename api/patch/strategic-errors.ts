import { ApiError, badRequest } from '../meta/errors.ts';
import { goType, goValue } from '../meta/go-value.ts';

/** Complaints that upstream answers with 400. */
export const badRetainKeys = (): ApiError => badRequest('invalid patch format of retainKeys');
/** A `$deleteFromPrimitiveList` that does not name its list behind a slash. */
export const badPrimitiveList = (): ApiError => badRequest('invalid patch format of primitive list');
/** A `$setElementOrder` that does not name its list behind a slash. */
export const badElementOrder = (): ApiError => badRequest('invalid patch format of setElementOrder list');

/** 422; upstream keeps to itself what is wrong. */
export const listOfLists = (): ApiError =>
  new ApiError('Invalid', 'the server rejected our request due to an error in our request', { details: {} });

/** Everything else that cannot be merged is a plain 500 upstream. */
export const cannotMerge = (message: string): ApiError => new ApiError('Unknown', message, { code: 500 });

/** A plain 500, of an item without the key that items of its list are told apart by; shows it as Go prints maps. */
export const noMergeKey = (item: object, mergeKey: string): ApiError =>
  cannotMerge(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);

/** A plain 500: `directive` is the value of `$patch` in the map `patch`, and none that may stand there. */
export const unknownDirective = (directive: unknown, patch: object): ApiError =>
  cannotMerge(`unknown patch type: ${goValue(directive)} in map: ${goValue(patch)}`);

/** A plain 500, with the types by their Go names: `actual` is the value itself, of which only the type is shown. */
export const wrongType = (expected: 'map[string]interface {}' | '[]interface {}', actual: unknown): ApiError =>
  cannotMerge(`expected a ${expected}, but received a ${actual === null ? '%!s(<nil>)' : goType(actual)}`);
