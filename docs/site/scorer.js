// What is found first: pages and their sections, then names of the reference.
var Scorer = {
  objNameMatch: 4, objPartialMatch: 1, objPrio: {0: 1, 1: 0, 2: 0}, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
