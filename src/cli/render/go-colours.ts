import { createColors } from 'picocolors';

type Brush = (text: string) => string;

/** The colours that Atlas's templates know; all leave the text alone where colours are off. */
export interface GoColours {
  readonly cyan: Brush;
  readonly green: Brush;
  readonly red: Brush;
  readonly yellow: Brush;
}

export const goColours = (enabled: boolean): GoColours => {
  const { cyan, green, red, yellow } = createColors(enabled);
  return { cyan, green, red, yellow };
};
