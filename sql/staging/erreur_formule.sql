-- Grain : une ligne par texte qu'un tableur montre à la place d'une formule en erreur
with
textes(texte) as (
    values ('#N/A'), ('#REF!'), ('#DIV/0!'), ('#VALUE!'), ('#VALEUR!'), ('#NAME?'), ('#NOM?'),
           ('#NUM!'), ('#NOMBRE!'), ('#NULL!'), ('#NUL!'), ('#SPILL!'), ('#PROPAGATION!'),
           ('#CALC!'), ('#SANS VALEUR!'), ('#ERREUR!'), ('#VALUE !'), ('#VALEUR !')
),
-- LibreOffice numérote les siennes.
numeros as (select 'Err:' || numero as texte from range(500, 600) as codes(numero))
select texte from textes
union all
select texte from numeros
