import { FunctionFailure, type HclFunction } from '../evaluate/hcl-function.ts';
import { convert } from '../values/convert.ts';
import { ANY, BOOL, listOf, NUMBER, STRING, setOf, type Type } from '../values/type.ts';
import { define, type FunctionTable, nullable, parameter, valueAt } from './define.ts';

/** The value as another type; null stays null. */
const conversion = (type: Type): HclFunction =>
  define(
    [nullable(parameter('v'))],
    type,
    (args) => {
      const converted = convert(valueAt(args, 0), type);
      if ('problem' in converted) throw new FunctionFailure(converted.problem, 0);
      return converted.value;
    },
    { takesUnknown: true },
  );

export const TYPE_FUNCTIONS: FunctionTable = {
  tobool: conversion(BOOL),
  tolist: conversion(listOf(ANY)),
  tonumber: conversion(NUMBER),
  toset: conversion(setOf(ANY)),
  tostring: conversion(STRING),
};
