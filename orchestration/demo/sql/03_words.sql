-- The words names are made of. Every company, person and agency is invented.

create macro stem_heads() as [
    'Alva', 'Belo', 'Corda', 'Dori', 'Elva', 'Fari', 'Galo', 'Hesta', 'Iru', 'Jova', 'Keli', 'Lumo',
    'Mira', 'Nova', 'Oru', 'Pela', 'Quila', 'Ruva', 'Sola', 'Tarva', 'Ulma', 'Vera', 'Wila', 'Xela',
    'Ysa', 'Zeno', 'Arbo', 'Brio', 'Calva', 'Drava', 'Estu', 'Fjora', 'Gribo', 'Holma', 'Isco', 'Juno',
    'Krono', 'Liru', 'Maro', 'Nexa'
];
create macro stem_bodies() as [
    'ba', 'cla', 'der', 'fi', 'gra', 'lin', 'mar', 'na', 'plo', 'ran', 'sel', 'ti', 'ven', 'zo', 'bri',
    'do', 'fer', 'go', 'la', 'mi', 'nor', 'pe', 'ri', 'sta', 'to', 'va', 'xi', 'ka', 'lo', 'mon'
];
create macro stem_tails() as [
    'dis', 'lys', 'nor', 'vel', 'tis', 'ra', 'nes', 'mont', 'sia', 'lia', 'ron', 'dal', 'quin', 'tech',
    'val', 'zen', 'rac', 'bel', 'cor', 'dou', 'fal', 'gan', 'hel', 'jas', 'kor', 'lum', 'mas', 'nim',
    'oval', 'par', 'rest', 'sol', 'tal', 'uris', 'vaux', 'win', 'xis', 'yon', 'zac', 'ber'
];
create macro branches() as [
    '', 'Nord', 'Sud', 'Ouest', 'Alpes', 'Atlantique', 'Rhin', 'Iberia', 'Benelux', 'Iles'
];
create macro first_names() as [
    'Camille', 'Julien', 'Sophie', 'Thomas', 'Élodie', 'Nicolas', 'Claire', 'Antoine', 'Inès', 'Hugo',
    'Mathilde', 'Olivier', 'Nadia', 'Karim', 'Céline', 'Guillaume', 'Aurélie', 'Rémi', 'Fatou', 'Yann',
    'Léa', 'Bastien', 'Marion', 'Cédric', 'Amélie', 'Samir', 'Hélène', 'Loïc', 'Manon', 'Adrien',
    'Anke', 'Jonas', 'Lukas', 'Greta', 'Matteo', 'Giulia', 'Paolo', 'Chiara', 'Pablo', 'Lucía',
    'Carlos', 'Marta', 'Sander', 'Femke', 'Oliver', 'Emma', 'Harriet', 'George', 'Noor', 'Bram'
];
create macro last_names() as [
    'Vaubert', 'Delmarre', 'Castorin', 'Besselin', 'Hautecoeur', 'Lormier', 'Pastoret', 'Quéverin',
    'Rambaud', 'Sauvigny', 'Thibaudin', 'Vernoux', 'Aubrillon', 'Boisfleury', 'Chantelin', 'Dorsemont',
    'Estivain', 'Fauvarque', 'Grandclos', 'Jolibert', 'Kermadic', 'Lestrange', 'Maupertin', 'Noirval',
    'Orsonneau', 'Pélissard', 'Roquelin', 'Sérévan', 'Taillefer', 'Valcourt', 'Bérangier', 'Coustillon',
    'Steinwald', 'Brandauer', 'Hohlfeld', 'Kesselring', 'Bellorini', 'Cavaltesta', 'Montefusco',
    'Ravellini', 'Arrizaga', 'Belmontes', 'Caldereta', 'Valdivares', 'Vandermolen', 'Oosterlinck',
    'Brackenbury', 'Thistlewood', 'Marchwell', 'Pennington-Roe', 'Ben Soltane', 'El Mansori',
    'Diarrassou', 'N''Guessan-Roy', 'Lazarovic', 'Wisnarek', 'Halvorsund', 'Petridou', 'Ferreiral',
    'Amarzouk'
];
create macro agencies() as ['Agence Belombre', 'Quillfort Leads', 'Maison Tarvane', 'Data Pistes Conseil'];

create macro deciders(is_french) as if(is_french, [
    'Directrice marketing', 'Directeur marketing', 'Directeur commercial', 'Directrice générale', 'DSI',
    'PDG', 'Directrice de la relation client', 'DAF', 'Fondateur', 'Gérante'
], [
    'CEO', 'Head of Sales', 'Chief Marketing Officer', 'VP Sales', 'Sales Director', 'CTO',
    'Head of Marketing', 'Managing Director', 'Marketing Director', 'Head of Operations'
]);
create macro managers(is_french) as if(is_french, [
    'Responsable marketing', 'Responsable CRM', 'Responsable commercial', 'Responsable acquisition',
    'Responsable e-commerce', 'Responsable des ventes', 'Responsable données', 'Responsable communication'
], [
    'Marketing Manager', 'CRM Manager', 'Sales Manager', 'Demand Generation Manager', 'Account Manager',
    'Operations Manager', 'Team Leader Inside Sales', 'Digital Marketing Manager'
]);
create macro others(is_french) as if(is_french, [
    'Chef de projet', 'Cheffe de projet CRM', 'Chargé de marketing', 'Assistante marketing',
    'Assistant commercial', 'Analyste de données', 'Commerciale sédentaire', 'Chargée de communication'
], [
    'Project Officer', 'Marketing Specialist', 'Sales Assistant', 'Data Analyst', 'Account Executive',
    'Content Editor', 'Business Analyst', 'Marketing Assistant'
]);
create macro interns(is_french) as if(is_french,
    ['Stagiaire marketing', 'Alternante communication', 'Stagiaire commercial'],
    ['Marketing Intern', 'Sales Trainee', 'Marketing Intern']);
create macro students(is_french) as if(is_french,
    ['Étudiant en commerce', 'Étudiante en marketing', 'Doctorant'],
    ['Student', 'PhD candidate', 'Business student']);
