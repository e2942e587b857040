// All that the apps say, in five languages. Who reads it is in a hurry, so: short, plain, kind.

const TEXTS = {
  en: {
    language: "en",
    idle: "Ombuds reads along. So far there is nothing to say.",
    allow: "Nothing stands in the way.",
    warn: "Not sent yet: please have a look.",
    block: "Not sent: this needs another look.",
    live_allow: "Nothing stands in the way so far.",
    live_found: "While you write: have a look at this.",
    mended: "As it stands now, nothing is in the way. Please submit again.",
    unchecked_allow: "Let through unchecked.",
    unchecked_block: "Not sent, because it could not be checked. Please try again in a minute.",
    reasons: {
      no_gate: "No gate is set up at Ombuds for this account; please tell an administrator.",
      timeout: "The answer took too long.",
      down: "Ombuds could not be reached.",
      unauthorized: "Ombuds does not accept this app's secret; please tell an administrator.",
      rate_limited: "Ombuds is asked too much at the moment.",
      refused: "Ombuds could not take this draft.",
      unreadable: "Ombuds' answer could not be read.",
    },
    stopped: "Not sent: {title}. The Ombuds app beside the ticket tells what helps.",
    stopped_many: "Not sent: {title}, and more. The Ombuds app beside the ticket tells what helps.",
    helps: "What helps:",
    why: "Why this matters",
    mark_begins: "(marked: ",
    mark_ends: " end of mark)",
    ways: { override: "Send anyway…", second_look: "Ask for a second look…", wrong: "This flag is wrong…" },
    ways_done: { override: "Send anyway", second_look: "Ask", wrong: "Report it" },
    reasons_for: {
      override: "Why is it right to send this?",
      second_look: "What should your colleague know?",
      wrong: "What is wrong about this flag?",
    },
    too: "Also for the rest ({n})",
    back: "Back",
    reason_missing: "Please write a few words first.",
    not_sent: "That did not arrive. Please try again.",
    colleague: "a colleague",
    states: {
      overridden: "Noted: you send it anyway.",
      wrong: "Thank you, noted.",
      asked: "Asked: {group}.",
    },
    states_by: {
      overridden: "Let through by {by}.",
      wrong: "Called wrong by {by}.",
      approved: "Approved by {by}.",
    },
    passed: "Let through here by {by}: {title}. Reason: {reason}",
    new_again: "There is no ticket yet that could keep a reason. To send it as it stands, submit again.",
    new_mend:
      "There is no ticket yet to ask a colleague about. Mend it, or create the ticket with an internal note first.",
    again: "Now please submit again; only you can do that.",
    waiting: "Waiting for a second look. The answer appears here; meanwhile you can do something else.",
    answers: "The customer may want to know",
    insert: "Insert",
    inserted: "Inserted into your reply.",
  },
  de: {
    language: "de",
    idle: "Ombuds liest mit. Bisher gibt es nichts zu sagen.",
    allow: "Nichts spricht dagegen.",
    warn: "Noch nicht gesendet: Bitte einmal ansehen.",
    block: "Nicht gesendet: Hier braucht es einen zweiten Blick.",
    live_allow: "Bisher spricht nichts dagegen.",
    live_found: "Beim Schreiben bemerkt: Bitte einmal ansehen.",
    mended: "So spricht nichts mehr dagegen. Bitte noch einmal absenden.",
    unchecked_allow: "Ungeprüft durchgelassen.",
    unchecked_block: "Nicht gesendet, weil es nicht geprüft werden konnte. Bitte in einer Minute noch einmal versuchen.",
    reasons: {
      no_gate: "Bei Ombuds ist für dieses Konto keine Prüfung eingerichtet; bitte einer Administratorin Bescheid geben.",
      timeout: "Die Antwort hat zu lange gedauert.",
      down: "Ombuds war nicht zu erreichen.",
      unauthorized: "Ombuds nimmt den Schlüssel dieser App nicht an; bitte einer Administratorin Bescheid geben.",
      rate_limited: "Ombuds wird gerade zu oft gefragt.",
      refused: "Ombuds konnte diesen Entwurf nicht annehmen.",
      unreadable: "Die Antwort von Ombuds war nicht lesbar.",
    },
    stopped: "Nicht gesendet: {title}. Was hilft, steht in der Ombuds-App neben dem Ticket.",
    stopped_many: "Nicht gesendet: {title}, und noch mehr. Was hilft, steht in der Ombuds-App neben dem Ticket.",
    helps: "Was hilft:",
    why: "Warum das wichtig ist",
    mark_begins: "(markiert: ",
    mark_ends: " Ende der Markierung)",
    ways: { override: "Trotzdem senden…", second_look: "Um zweiten Blick bitten…", wrong: "Der Hinweis stimmt nicht…" },
    ways_done: { override: "Trotzdem senden", second_look: "Anfragen", wrong: "Melden" },
    reasons_for: {
      override: "Warum ist es richtig, das zu senden?",
      second_look: "Was sollte die Kollegin oder der Kollege wissen?",
      wrong: "Was stimmt an dem Hinweis nicht?",
    },
    too: "Auch für alles Übrige ({n})",
    back: "Zurück",
    reason_missing: "Bitte schreiben Sie erst ein paar Worte.",
    not_sent: "Das ist nicht angekommen. Bitte noch einmal versuchen.",
    colleague: "jemandem aus dem Team",
    states: {
      overridden: "Notiert: Sie senden es trotzdem.",
      wrong: "Danke, notiert.",
      asked: "Angefragt bei: {group}.",
    },
    states_by: {
      overridden: "Durchgelassen von {by}.",
      wrong: "Als falsch gemeldet von {by}.",
      approved: "Freigegeben von {by}.",
    },
    passed: "Hier durchgelassen von {by}: {title}. Begründung: {reason}",
    new_again:
      "Das Ticket gibt es noch nicht, also auch keinen Platz für eine Begründung. Soll es so hinaus, bitte noch einmal absenden.",
    new_mend:
      "Noch gibt es kein Ticket, zu dem jemand gefragt werden könnte. Bitte verbessern Sie es, oder legen Sie das Ticket erst mit einer internen Notiz an.",
    again: "Jetzt bitte noch einmal absenden; das können nur Sie.",
    waiting: "Der zweite Blick steht noch aus. Die Antwort erscheint hier; Sie können inzwischen anderes tun.",
    answers: "Was die Kundin oder der Kunde wissen möchte",
    insert: "Einfügen",
    inserted: "In Ihre Antwort eingefügt.",
  },
  fr: {
    language: "fr",
    idle: "Ombuds lit avec vous. Rien à signaler pour l’instant.",
    allow: "Rien ne s’y oppose.",
    warn: "Pas encore envoyé : jetez-y un œil, s’il vous plaît.",
    block: "Non envoyé : ceci est à revoir.",
    live_allow: "Rien ne s’y oppose pour l’instant.",
    live_found: "Pendant que vous écrivez : jetez un œil à ceci.",
    mended: "Ainsi, plus rien ne s’y oppose. Envoyez de nouveau, s’il vous plaît.",
    unchecked_allow: "Laissé passer sans vérification.",
    unchecked_block: "Non envoyé, car la vérification n’a pas pu se faire. Réessayez dans une minute, s’il vous plaît.",
    reasons: {
      no_gate: "Aucun contrôle n’est configuré chez Ombuds pour ce compte ; prévenez l’administration, s’il vous plaît.",
      timeout: "La réponse a trop tardé.",
      down: "Ombuds est injoignable.",
      unauthorized: "Ombuds n’accepte pas la clé de cette application ; prévenez l’administration, s’il vous plaît.",
      rate_limited: "Ombuds reçoit trop de demandes en ce moment.",
      refused: "Ombuds n’a pas pu prendre ce brouillon.",
      unreadable: "La réponse d’Ombuds est illisible.",
    },
    stopped: "Non envoyé : {title}. L’application Ombuds, à côté du ticket, indique quoi faire.",
    stopped_many: "Non envoyé : {title}, entre autres. L’application Ombuds, à côté du ticket, indique quoi faire.",
    helps: "Ce qui peut aider :",
    why: "Pourquoi c’est important",
    mark_begins: "(surligné : ",
    mark_ends: " fin du passage)",
    ways: { override: "Envoyer quand même…", second_look: "Demander un second avis…", wrong: "Cette remarque est erronée…" },
    ways_done: { override: "Envoyer quand même", second_look: "Demander", wrong: "Signaler" },
    reasons_for: {
      override: "Pourquoi faut-il l’envoyer ainsi ?",
      second_look: "Que doit savoir votre collègue ?",
      wrong: "En quoi cette remarque est-elle erronée ?",
    },
    too: "Aussi pour le reste ({n})",
    back: "Retour",
    reason_missing: "Écrivez d’abord quelques mots, s’il vous plaît.",
    not_sent: "L’envoi n’a pas abouti. Réessayez, s’il vous plaît.",
    colleague: "un ou une collègue",
    states: {
      overridden: "C’est noté : vous l’envoyez quand même.",
      wrong: "Merci, c’est noté.",
      asked: "Demandé à : {group}.",
    },
    states_by: {
      overridden: "Laissé passer par {by}.",
      wrong: "Signalé comme erroné par {by}.",
      approved: "Approuvé par {by}.",
    },
    passed: "Laissé passer ici par {by} : {title}. Raison : {reason}",
    new_again:
      "Il n’y a pas encore de ticket où garder une raison. Pour l’envoyer tel quel, envoyez de nouveau, s’il vous plaît.",
    new_mend:
      "Il n’y a pas encore de ticket pour demander un second avis. Corrigez, ou créez d’abord le ticket avec une note interne.",
    again: "Envoyez de nouveau, s’il vous plaît ; personne ne peut le faire à votre place.",
    waiting: "En attente d’un second avis. La réponse s’affichera ici ; vous pouvez faire autre chose entre-temps.",
    answers: "Ce que la personne souhaite peut-être savoir",
    insert: "Insérer",
    inserted: "Inséré dans votre réponse.",
  },
  es: {
    language: "es",
    idle: "Ombuds lee con usted. Por ahora, nada que señalar.",
    allow: "Nada lo impide.",
    warn: "Aún no se ha enviado: échele un vistazo, por favor.",
    block: "No se ha enviado: hay que revisarlo.",
    live_allow: "Por ahora nada lo impide.",
    live_found: "Mientras escribe: échele un vistazo a esto.",
    mended: "Así ya nada lo impide. Envíelo de nuevo, por favor.",
    unchecked_allow: "Ha pasado sin revisar.",
    unchecked_block: "No se ha enviado porque no se pudo revisar. Inténtelo de nuevo en un minuto, por favor.",
    reasons: {
      no_gate: "Ombuds no tiene ningún control configurado para esta cuenta; avise a la administración, por favor.",
      timeout: "La respuesta tardó demasiado.",
      down: "No se pudo contactar con Ombuds.",
      unauthorized: "Ombuds no acepta la clave de esta aplicación; avise a la administración, por favor.",
      rate_limited: "Ombuds recibe demasiadas consultas en este momento.",
      refused: "Ombuds no pudo aceptar este borrador.",
      unreadable: "No se pudo leer la respuesta de Ombuds.",
    },
    stopped: "No se ha enviado: {title}. La aplicación Ombuds, junto al ticket, explica qué hacer.",
    stopped_many: "No se ha enviado: {title}, y algo más. La aplicación Ombuds, junto al ticket, explica qué hacer.",
    helps: "Qué puede ayudar:",
    why: "Por qué importa",
    mark_begins: "(marcado: ",
    mark_ends: " fin de la marca)",
    ways: { override: "Enviar de todos modos…", second_look: "Pedir una segunda opinión…", wrong: "Este aviso no es correcto…" },
    ways_done: { override: "Enviar de todos modos", second_look: "Pedir", wrong: "Enviar" },
    reasons_for: {
      override: "¿Por qué es correcto enviar esto?",
      second_look: "¿Qué debería saber su colega?",
      wrong: "¿Qué no es correcto en este aviso?",
    },
    too: "También para lo demás ({n})",
    back: "Volver",
    reason_missing: "Escriba antes unas palabras, por favor.",
    not_sent: "No se ha podido enviar. Inténtelo de nuevo, por favor.",
    colleague: "alguien del equipo",
    states: {
      overridden: "Anotado: lo envía de todos modos.",
      wrong: "Gracias, anotado.",
      asked: "Pedida a: {group}.",
    },
    states_by: {
      overridden: "Lo ha dejado pasar {by}.",
      wrong: "Lo ha señalado como incorrecto {by}.",
      approved: "Aprobado por {by}.",
    },
    passed: "Aquí lo ha dejado pasar {by}: {title}. Motivo: {reason}",
    new_again: "Aún no hay un ticket donde guardar un motivo. Para enviarlo tal cual, envíelo de nuevo.",
    new_mend:
      "Aún no hay un ticket sobre el que pedir una segunda opinión. Corríjalo, o cree antes el ticket con una nota interna.",
    again: "Envíelo de nuevo, por favor; solo usted puede hacerlo.",
    waiting: "A la espera de una segunda opinión. La respuesta aparecerá aquí; mientras tanto puede hacer otra cosa.",
    answers: "Lo que quizá quiera saber el cliente",
    insert: "Insertar",
    inserted: "Insertado en su respuesta.",
  },
  pt: {
    language: "pt",
    idle: "O Ombuds lê com você. Por enquanto, nada a apontar.",
    allow: "Nada impede o envio.",
    warn: "Ainda não enviado: dê uma olhada, por favor.",
    block: "Não enviado: é preciso revisar.",
    live_allow: "Por enquanto, nada impede o envio.",
    live_found: "Enquanto você escreve: dê uma olhada nisto.",
    mended: "Assim, nada mais impede o envio. Envie de novo, por favor.",
    unchecked_allow: "Passou sem verificação.",
    unchecked_block: "Não enviado, porque não foi possível verificar. Tente de novo em um minuto, por favor.",
    reasons: {
      no_gate: "O Ombuds não tem nenhum controle configurado para esta conta; avise a administração, por favor.",
      timeout: "A resposta demorou demais.",
      down: "Não foi possível contatar o Ombuds.",
      unauthorized: "O Ombuds não aceita a chave deste aplicativo; avise a administração, por favor.",
      rate_limited: "O Ombuds recebe consultas demais no momento.",
      refused: "O Ombuds não pôde aceitar este rascunho.",
      unreadable: "Não foi possível ler a resposta do Ombuds.",
    },
    stopped: "Não enviado: {title}. O aplicativo Ombuds, ao lado do ticket, explica o que fazer.",
    stopped_many: "Não enviado: {title}, entre outros. O aplicativo Ombuds, ao lado do ticket, explica o que fazer.",
    helps: "O que pode ajudar:",
    why: "Por que isso importa",
    mark_begins: "(marcado: ",
    mark_ends: " fim da marcação)",
    ways: { override: "Enviar mesmo assim…", second_look: "Pedir uma segunda opinião…", wrong: "Este aviso está errado…" },
    ways_done: { override: "Enviar mesmo assim", second_look: "Pedir", wrong: "Enviar" },
    reasons_for: {
      override: "Por que é certo enviar isto?",
      second_look: "O que a outra pessoa precisa saber?",
      wrong: "O que está errado neste aviso?",
    },
    too: "Também para o restante ({n})",
    back: "Voltar",
    reason_missing: "Escreva antes algumas palavras, por favor.",
    not_sent: "Não foi possível enviar. Tente de novo, por favor.",
    colleague: "alguém da equipe",
    states: {
      overridden: "Anotado: você envia mesmo assim.",
      wrong: "Obrigado, anotado.",
      asked: "Pedida a: {group}.",
    },
    states_by: {
      overridden: "Liberado por {by}.",
      wrong: "Apontado como errado por {by}.",
      approved: "Aprovado por {by}.",
    },
    passed: "Liberado aqui por {by}: {title}. Motivo: {reason}",
    new_again: "Ainda não há um ticket onde guardar um motivo. Para enviar assim mesmo, envie de novo, por favor.",
    new_mend:
      "Ainda não há um ticket sobre o qual pedir uma segunda opinião. Corrija, ou crie antes o ticket com uma nota interna.",
    again: "Agora envie de novo, por favor; só você pode fazer isso.",
    waiting: "Aguardando uma segunda opinião. A resposta aparecerá aqui; enquanto isso, você pode fazer outra coisa.",
    answers: "O que o cliente talvez queira saber",
    insert: "Inserir",
    inserted: "Inserido na sua resposta.",
  },
};

/** The texts in the language of a locale such as "pt-BR"; in English where we do not speak it. */
export function textsFor(locale) {
  const language = String(locale ?? "").slice(0, 2).toLowerCase();
  return Object.hasOwn(TEXTS, language) ? TEXTS[language] : TEXTS.en;
}

/** How it stands with a finding: what the agent did about it, or what somebody else did, who is then named as `by`. */
export function stateText(told, texts, group) {
  const line = ("by" in told ? texts.states_by : texts.states)[told.state] ?? "";
  const names = { by: told.by || texts.colleague, group: group || texts.colleague };
  return line.replace(/\{(by|group)\}/g, (_, name) => names[name]);
}

/** A line for each policy that holds nothing up because of what a colleague said. */
export function passedOf({ passed }, texts) {
  const lines = Array.isArray(passed) ? passed : [];
  return lines.map((one) => {
    const names = { title: one.title, by: one.by || texts.colleague, reason: one.reason };
    return texts.passed.replace(/\{(\w+)\}/g, (_, name) => String(names[name] ?? ""));
  });
}

/** That nobody judged a draft, what became of it, and why. */
export function uncheckedText({ verdict, reason }, texts) {
  return `${texts[`unchecked_${verdict}`] ?? texts.unchecked_allow} ${texts.reasons[reason] ?? ""}`.trim();
}

/** What the helpdesk itself shows the agent when a save or a send is stopped. */
export function stoppedText(answer, texts) {
  const [first, ...others] = answer.findings;
  if (!answer.checked) return uncheckedText(answer, texts);
  if (!first) return texts[answer.verdict];
  return (others.length ? texts.stopped_many : texts.stopped).replace("{title}", () => String(first.title ?? ""));
}
