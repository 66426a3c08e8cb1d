/** What was counted of a host's own flows. */
export interface SeenOfHost {
  readonly flows: number;
  /** Different own ports and different others. */
  readonly ports: number;
  readonly peers: number;
  readonly asking: number;
  readonly answering: number;
  readonly between: number;
  /** Own ports that it answered from. */
  readonly listens: number;
}

export interface Verdict {
  readonly role: 'client' | 'server' | 'peer' | 'unknown';
  readonly evidence: string;
}

/** A side that has this part of the flows has the role. */
const NEARLY_ALL = 0.9;
/** Fewer flows fall on any number of ports by chance. */
const ENOUGH_FLOWS = 10;
/** So many flows of which it is known who asked say more than how the others are spread. */
const ENOUGH_TOLD = 5;
/** A client takes a new port for nearly each flow; a server has many flows on each of few. */
const PORT_EACH = 1.5;
const MANY_EACH = 10;

/**
 * First by who asked and who answered, as far as that is known of its flows; else by how its flows are spread over its own ports: about as many ports as flows suggest a client, few
 * ports a server, and what lies between neither, hence a peer.
 */
export function roleOf(seen: SeenOfHost): Verdict {
  const told = seen.asking + seen.answering + seen.between;
  if (told > 0 && told >= seen.flows / 2) return byAnswers(seen, told);
  const verdict = byPorts(seen);
  // How flows are spread is a guess: it says nothing against what is known of some of them.
  const against =
    (verdict.role === 'client' && seen.answering > seen.asking) ||
    (verdict.role === 'server' && seen.asking > seen.answering);
  if (!against) return verdict;
  return told >= ENOUGH_TOLD
    ? byAnswers(seen, told)
    : {
        role: 'unknown',
        evidence: `${verdict.evidence}, but it asked in ${seen.asking} and answered in ${seen.answering}`,
      };
}

function byAnswers({ flows, asking, answering, between, listens }: SeenOfHost, told: number): Verdict {
  if (answering >= NEARLY_ALL * told)
    return {
      role: 'server',
      evidence: `answered in ${percent(answering, told)} of ${flowsOf(told, flows)}, from ${ports(listens)}`,
    };
  if (asking >= NEARLY_ALL * told)
    return { role: 'client', evidence: `asked in ${percent(asking, told)} of ${flowsOf(told, flows)}` };
  const apart = between > 0 ? `, neither in ${percent(between, told)}` : '';
  return {
    role: 'peer',
    evidence: `asked in ${percent(asking, told)}, answered in ${percent(answering, told)}${apart}`,
  };
}

function byPorts({ flows, ports: own }: SeenOfHost): Verdict {
  if (flows < ENOUGH_FLOWS || own === 0) return { role: 'unknown', evidence: 'too few flows with ports' };
  const each = flows / own;
  const spread = `${flows} flows from ${ports(own)}`;
  if (each <= PORT_EACH) return { role: 'client', evidence: `${spread}: about one for each` };
  if (each >= MANY_EACH) return { role: 'server', evidence: `${spread}: many on each` };
  return { role: 'peer', evidence: `${spread}: neither one nor many on each` };
}

const flowsOf = (told: number, flows: number) => (told >= flows ? 'its flows' : `the ${told} of its flows that tell`);
const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
const ports = (n: number) => (n === 1 ? '1 port' : `${n} ports`);
