// What looks like a Latin letter in most fonts, or like another one (Unicode TR 39, for Latin, Cyrillic and Greek).
// Names are folded to lower case first, so that i stands for I as well, which is an l to the eye.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  0: "o",
  1: "l",
  i: "l",
  "|": "l",
  m: "rn",
  w: "vv",
  а: "a",
  в: "b",
  с: "c",
  ԁ: "d",
  е: "e",
  ғ: "f",
  һ: "h",
  і: "l",
  ј: "j",
  к: "k",
  ӏ: "l",
  м: "rn",
  н: "h",
  о: "o",
  р: "p",
  ԛ: "q",
  г: "r",
  ѕ: "s",
  т: "t",
  у: "y",
  ѵ: "v",
  ԝ: "vv",
  х: "x",
  α: "a",
  β: "b",
  γ: "y",
  ε: "e",
  η: "n",
  ι: "l",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  σ: "o",
  τ: "t",
  υ: "u",
  χ: "x",
  ω: "vv",
  ı: "l",
  ɑ: "a",
  ɡ: "g",
  ℓ: "l",
};
const INVISIBLE_REGEXP = /[\p{Cf}\p{M}\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * What is left of a name when everything is taken away that a person does not see: width and compatibility forms
 * (NFKC), case, white space, invisible and combining characters, look-alike letters. Two names with one skeleton can be
 * taken for each other.
 */
export function nameSkeleton(name: string): string {
  const folded = name.normalize("NFKD").replace(INVISIBLE_REGEXP, "").toLowerCase();
  return Array.from(folded, (letter) => LOOK_ALIKES[letter] ?? letter).join("");
}
